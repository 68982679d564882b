"""Mappings: from the columns of an export or a database to the entities of the contract."""
