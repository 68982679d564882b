"""The session of Spark that computes the models."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import SparkSession

# What the models need so that Spark gives what DuckDB does.
_MEANING = {
    # Times are UTC without a zone, and a wrong value is an error.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    # A product keeps the decimal places of its factors.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # Spark 4.3 fails on some unions of the same rows with "key not found".
    "spark.sql.constraintPropagation.enabled": "false",
    # Tables are files below the exchange folder; who has a metastore may name it.
    "spark.sql.catalogImplementation": "in-memory",
}
# How it runs on one machine; the config may say otherwise.
_LOCAL = {
    "spark.master": "local[*]",
    "spark.driver.memory": "4g",
    "spark.sql.shuffle.partitions": "8",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
# A driver that computes alone listens to nobody else.
_ALONE = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


@contextmanager
def open_session(made: str, settings: Mapping[str, str]) -> Iterator[SparkSession]:
    """A session whose tables are written below the folder `made`; it is stopped when the block
    ends. `settings`: of the config, by their names in Spark."""
    wanted = {**_LOCAL, **settings}
    if wanted["spark.master"].startswith("local"):
        wanted = {**_ALONE, **wanted}
    builder = SparkSession.builder.appName("voronka")
    for name, value in {**wanted, **_MEANING, "spark.sql.warehouse.dir": made}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
