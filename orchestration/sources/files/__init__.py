"""File exports mapped to the entities of the contract."""
