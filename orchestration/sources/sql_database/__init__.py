"""Tables of a database mapped to the entities of the contract."""
