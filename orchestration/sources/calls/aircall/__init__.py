"""Aircall: calls by its public API."""
