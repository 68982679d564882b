"""Shared by the connectors of all vendors: table types, pages, and landing."""
