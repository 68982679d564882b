"""Loopback servers that give the demo company out as the vendors would, each with its own shapes,
paging, limits, errors and quirks. Facts about the vendors, and none of their code."""
