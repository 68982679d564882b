"""Loopback servers that serve the demo company through the APIs of the vendors, each with its own
shapes, pages, limits, errors and special cases. They are written from the documents of the vendors
and contain none of their code."""
