"""The one HTTP layer of all vendors: rates, retries, tokens. It knows no vendor and no Dagster."""
