"""Mappings: from the columns of somebody's export or database to the entities of the contract."""
