"""Runs Great Expectations over the warehouse file, and closes the file afterwards.

Everything is computed inside DuckDB; only counts and measures come back, never rows.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data_quality.checks import Expectation
from orchestration.core import sql
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits

if TYPE_CHECKING:
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
    from sqlalchemy import Engine

# Rows of one result that are kept: counts need one, measures a few dozen. A query that finds
# millions of bad rows is counted in DuckDB and not read further than this.
_KEPT_ROWS = 500

# Results contain no values of rows, only the query that finds the bad ones: the rule is not written
# a second time to show examples.
_RESULT_FORMAT = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": True,
    "unexpected_index_column_names": ["source", "_file"],
}


@dataclass(frozen=True)
class ExpectationResult:
    """What one expectation found: `measures` if it measures, otherwise counts of rows.

    `unexpected`: the rows that break it (None: it counts the rows of the table). `bad_rows`: the
    query of these rows with their `source` and `_file` ("" where the expectation was a query).
    """

    success: bool
    rows: int = 0
    unexpected: int | None = None
    bad_rows: str = ""
    measures: tuple[dict[str, Any], ...] = ()


def rows_of(schema: str, table: str, source: str) -> str:
    """The query of the rows of one source in a table."""
    place = f"{sql.name(schema)}.{sql.name(table)}"
    return f"select * from {place} where source = {sql.text(source)}"


class Validator:
    """Validates expectations on tables of one warehouse."""

    def __init__(self, datasource: "SQLDatasource", engine: "Engine") -> None:
        self._datasource = datasource
        self._engine = engine
        self._batches: dict[str, Batch] = {}

    def validate(
        self, schema: str, table: str, source: str | None, expectations: Sequence[Expectation]
    ) -> list[ExpectationResult]:
        """The findings on one table, or on the rows of one `source` in it, in the order of the
        expectations.

        Raises RuntimeError if an expectation could not be computed: the data is then unchecked.
        """
        import great_expectations as gx

        batch = self._batch(schema, table, source)
        suite = gx.ExpectationSuite(name=f"{schema}.{table}")
        for number, expectation in enumerate(expectations):
            # Results come in another order, and equal expectations would be merged into one.
            suite.add_expectation(_made(expectation, {"number": number}))
        outcome = batch.validate(suite, result_format=_RESULT_FORMAT)
        outcomes: list[Any] = sorted(outcome.results, key=_number)
        rows = rows_of(schema, table, source) if source else ""
        return [_finding(schema, table, rows, each) for each in outcomes]

    def _batch(self, schema: str, table: str, source: str | None) -> "Batch":
        name = f"{schema}.{table}" + (f" of {source}" if source else "")
        if name not in self._batches:
            asset = (
                self._datasource.add_query_asset(name, query=rows_of(schema, table, source))
                if source
                else self._datasource.add_table_asset(name, table_name=table, schema_name=schema)
            )
            self._batches[name] = asset.add_batch_definition_whole_table("whole").get_batch()
        return self._batches[name]

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query (few: the evidence of a failed check)."""
        from sqlalchemy import text

        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql)).mappings()]


@contextmanager
def open_validator(home: Home, limits: DuckDbLimits) -> Iterator[Validator]:
    """A validator over the warehouse of `home`; the file is free again when the block ends."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from sqlalchemy import event

    # Existing objects need not be collected when the file is closed.
    gc.freeze()
    config = DataContextConfig(
        # By default, Great Expectations makes a folder for a docs site outside the home.
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    datasource = context.data_sources.add_sql(
        "warehouse",
        connection_string=f"duckdb:///{home.warehouse}",
        create_temp_table=False,
    )
    engine = datasource.get_execution_engine().engine
    event.listen(engine, "after_cursor_execute", _buffer)
    try:
        with engine.connect() as connection:
            for setting in _limits(home, limits):
                connection.exec_driver_sql(setting)
        yield Validator(datasource, engine)
    finally:
        engine.dispose()
        datasource.get_engine().dispose()
        # The context has reference cycles: collect it now, so that the file is closed.
        del context, datasource, engine
        gc.collect()
        gc.unfreeze()


def _limits(home: Home, limits: DuckDbLimits) -> list[str]:
    settings = [
        f"set memory_limit = '{limits.memory}'",
        f"set temp_directory = '{home.state / 'spill'}'",
    ]
    return [*settings, f"set threads = {limits.threads}"] if limits.threads else settings


def _buffer(_connection: Any, cursor: Any, _sql: Any, _args: Any, context: Any, _many: Any) -> None:
    """Keep the result: Great Expectations closes the connection before it fetches, and DuckDB
    drops what is pending then."""
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

    if cursor.description:
        kept = cursor.fetchmany(_KEPT_ROWS)
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, initial_buffer=kept
        )


def _made(expectation: Expectation, meta: dict[str, Any]) -> Any:
    import great_expectations.expectations as built_in

    from data_quality import expectations as own

    kind = getattr(own, expectation.name, None) or getattr(built_in, expectation.name)
    return kind(**expectation.arguments, meta=meta)


def _number(outcome: Any) -> int:
    """The place of an outcome's expectation among those that were asked."""
    return int(outcome.expectation_config.meta["number"])


def _finding(schema: str, table: str, rows: str, outcome: Any) -> ExpectationResult:
    """The result of one expectation. `rows`: the query of the checked rows, "" for a table."""
    result = outcome.result
    if not result:
        problems = list(_problems(outcome.exception_info))
        kind = outcome.expectation_config.type
        raise RuntimeError(f"{kind} over {schema}.{table} could not be computed: {problems}")
    if "details" in result:
        return ExpectationResult(outcome.success, measures=tuple(result["details"]["measures"]))
    if "element_count" in result:
        return ExpectationResult(
            outcome.success,
            result["element_count"],
            result["unexpected_count"],
            _in_brackets(result.get("unexpected_index_query", ""), rows),
        )
    return ExpectationResult(outcome.success, result["observed_value"])


def _in_brackets(bad_rows: str, rows: str) -> str:
    """The query of bad rows as a part of another: Great Expectations ends it with a semicolon, and
    puts the query of the checked rows into some without brackets."""
    if rows:
        bad_rows = bad_rows.replace(f"FROM {rows}", f"FROM ({rows})")
    return bad_rows.rstrip(";")


def _problems(info: dict[str, Any]) -> Iterator[str]:
    """The messages of an exception_info, which is one problem or a dict of them."""
    if info.get("exception_message"):
        yield info["exception_message"]
    for problem in info.values():
        if isinstance(problem, dict):
            yield from _problems(problem)
