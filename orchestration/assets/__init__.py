"""Every table from raw to published, as Dagster assets."""
