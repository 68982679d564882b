"""Mango Office VPBX: calls by the extended statistics."""
