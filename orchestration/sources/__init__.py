"""Extraction as a plain library, without any Dagster import."""
