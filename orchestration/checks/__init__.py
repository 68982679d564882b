"""The two gates, as Dagster asset checks."""
