"""What the connectors of all vendors share: their tables, their pages, how they are landed."""
