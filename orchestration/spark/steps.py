"""Computes the query of a model step by step, as DuckDB does it by itself.

Spark computes a common table expression anew for each of its readers, so the work of a model grows
with the product of its readers. It knows recursion only by UNION ALL, without groups and windows.
Here an expression with several readers is computed once, and a recursive one in rounds.
"""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame, SparkSession

from orchestration.spark.statement import Query, split


def rows_of(session: SparkSession, statement: str) -> DataFrame:
    """The rows that `statement`, a query, selects. Its steps are views of a session of its own, so
    that models that are made at the same time do not see each other's."""
    own = session.newSession()
    *expressions, last = split(statement)
    inline: dict[str, Query] = {}
    for place, expression in enumerate(expressions, start=1):
        readers = sum(one.reads(expression.name) for one in [*expressions[place:], last])
        if expression.is_recursive:
            rows = _in_rounds(own, expression, inline)
        elif readers > 1 and expression.is_costly:
            rows = own.sql(expression.after(inline)).localCheckpoint()
        else:
            inline[expression.name] = expression
            continue
        rows.createOrReplaceTempView(expression.name)
    return own.sql(last.after(inline))


def _in_rounds(own: SparkSession, expression: Query, inline: Mapping[str, Query]) -> DataFrame:
    """The rows of a recursive expression: those of its first half, then round by round those that
    its second half makes of the rows of the round before, until there are none."""
    first, step, is_all = expression.halves()
    rows = own.sql(first.after(inline))
    rounds = [(rows if is_all else rows.distinct()).localCheckpoint()]
    while True:
        rounds[-1].createOrReplaceTempView(expression.name)
        rows = own.sql(step.after(inline))
        if not is_all:
            rows = rows.distinct().subtract(reduce(DataFrame.union, rounds))
        rows = rows.localCheckpoint()
        if rows.isEmpty():
            return reduce(DataFrame.union, rounds)
        rounds.append(rows)
