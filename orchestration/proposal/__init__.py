"""Proposes a config for a folder of exports: what each file may be, why, and what is not sure.

Only the header and the first rows of a file are read, and no value of a file is ever written:
the config holds names of columns, formats, and words that the tables beside this module know.
"""
