"""The demo company: made up, the same to the byte for the same seed."""
