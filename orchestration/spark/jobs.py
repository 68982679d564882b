"""How dbt-spark makes a model in this process: SQL step by step, Python beside the same session.

dbt-spark sends Python models to Databricks only, and SQL as one statement. This is the helper that
it asks for to run the code of a model; dbt_project/macros/spark.sql gives it both kinds.
"""

from typing import Any

from dbt.adapters.base import PythonJobHelper
from dbt.adapters.spark.impl import SparkAdapter
from dbt_common.exceptions import DbtRuntimeError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession, functions

from orchestration.spark.steps import rows_of


class SessionJob(PythonJobHelper):
    """Makes the table of a model. Raises DbtRuntimeError if Spark cannot."""

    def __init__(self, parsed_model: dict[str, Any], credential: Any) -> None:
        self._table = f"{parsed_model['schema']}.{parsed_model['alias']}"
        self._is_python = parsed_model["language"] == "python"

    def submit(self, compiled_code: str) -> None:
        session = SparkSession.builder.getOrCreate()
        try:
            rows = (_python_rows if self._is_python else rows_of)(session, compiled_code)
            session.sql(f"drop table if exists {self._table}")
            rows.write.format("parquet").saveAsTable(self._table)
        except PySparkException as error:
            raise DbtRuntimeError(str(error)) from error


def _python_rows(session: SparkSession, code: str) -> DataFrame:
    """What the function `model` of a Python model returns, a frame of pandas. A number that is not
    known is NaN in pandas and NULL in a table."""
    names: dict[str, Any] = {"__name__": "model"}
    exec(compile(code, "model", "exec"), names)
    made = session.createDataFrame(names["model"](names["dbtObj"](session.table), session))
    unknown = functions.lit(float("nan"))
    return made.select(
        *(
            functions.nullif(made[name], unknown).alias(name) if kind == "double" else made[name]
            for name, kind in made.dtypes
        )
    )


def install() -> None:
    """Make SessionJob the way that dbt-spark runs the code of a model."""
    SparkAdapter.default_python_submission_method = property(lambda self: "session")
    SparkAdapter.python_submission_helpers = property(lambda self: {"session": SessionJob})
