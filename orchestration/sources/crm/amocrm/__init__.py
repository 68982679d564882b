"""amoCRM and Kommo, whose API v4 is one."""
