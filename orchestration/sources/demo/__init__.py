"""The demo company: fictional, and identical to the byte for the same seed."""
