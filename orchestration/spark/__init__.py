"""The models on Spark instead of DuckDB: docs/how-to/spark.md."""
