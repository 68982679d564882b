"""Extraction as a plain library: dlt sources without any Dagster import."""
