"""amoCRM and Kommo, which share the API v4."""
