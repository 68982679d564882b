"""The HTTP layer of all vendors: rate limits, retries, tokens. Independent of vendors and
Dagster."""
