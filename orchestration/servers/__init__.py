"""The published marts on a server, for BI tools that want one: docs/how-to/servers.md.

A server gets what the files hold, in one transaction, after the files are in place.
"""
