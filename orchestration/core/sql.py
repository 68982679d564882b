"""Quotes names and values for SQL text; all SQL is built with it, so that nothing can inject."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from orchestration.core.entity import Entity


def name(identifier: str) -> str:
    """A column or table name, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text value as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def file(path: Path) -> str:
    """The name of one file as an SQL literal; escapes `[`, `*` and `?`, DuckDB's patterns."""
    return text(re.sub(r"[\[*?]", r"[\g<0>]", str(path)))


def names(identifiers: Iterable[str]) -> str:
    """Several names, quoted and separated by commas."""
    return ", ".join(name(identifier) for identifier in identifiers)


def texts(values: Iterable[str]) -> str:
    """Several text values, separated by commas."""
    return ", ".join(text(value) for value in values)


def only_row(result: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """The only row of a result that has exactly one row, such as a total."""
    row = result.fetchone()
    assert row is not None, "the query gives one row"
    return row


def shown_number(value: str) -> str:
    """SQL for a number as text, without trailing zeros of a decimal of ten places."""
    return rf"regexp_replace(cast({value} as varchar), '(\.\d\d\d*?)0+$', '\1')"


def decimal(value: str, sql_type: str) -> str:
    """SQL for a text value as a decimal of this type, NULL if it is not a number. Tries a narrow
    type first: a cast of text to more than 18 digits takes fifty times as long."""
    narrow = re.sub(r"\(\d+", "(18", sql_type)
    return f"coalesce(try_cast({value} as {narrow}), try_cast({value} as {sql_type}))"


def empty(entity: Entity) -> str:
    """A query with the warehouse columns of an entity and no rows."""
    columns = ", ".join(f"cast(null as {c.sql_type}) as {name(c.name)}" for c in entity.columns)
    return (
        f"select cast(null as varchar) as source, {columns}, "
        "cast(null as varchar) as _file, cast(null as bigint) as _row where false"
    )
