"""How names and values get into SQL text: always through here, so that none can break out of it."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from orchestration.core.entities import Entity


def name(identifier: str) -> str:
    """A column or table name, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text value as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def file(path: Path) -> str:
    """The name of one file as an SQL literal: DuckDB takes `[`, `*` and `?` for patterns."""
    return text(re.sub(r"[\[*?]", r"[\g<0>]", str(path)))


def names(identifiers: Iterable[str]) -> str:
    """Several names, quoted and separated by commas."""
    return ", ".join(name(identifier) for identifier in identifiers)


def texts(values: Iterable[str]) -> str:
    """Several text values, separated by commas."""
    return ", ".join(text(value) for value in values)


def only_row(result: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """The row of a result that has exactly one, such as a total."""
    row = result.fetchone()
    assert row is not None, "the query gives one row"
    return row


def shown_number(value: str) -> str:
    """An SQL number as text, without the zeros that a decimal of ten places ends with."""
    return rf"regexp_replace(cast({value} as varchar), '(\.\d\d\d*?)0+$', '\1')"


def decimal(value: str, sql_type: str) -> str:
    """A text value as a decimal number of this type, NULL where it is none. A cast of text to more
    than 18 digits takes fifty times as long, and few numbers need them."""
    narrow = re.sub(r"\(\d+", "(18", sql_type)
    return f"coalesce(try_cast({value} as {narrow}), try_cast({value} as {sql_type}))"


def empty(entity: Entity) -> str:
    """The query of an entity's rows, as they lie in the warehouse, where there are none."""
    columns = ", ".join(f"cast(null as {c.sql_type}) as {name(c.name)}" for c in entity.columns)
    return (
        f"select cast(null as varchar) as source, {columns}, "
        "cast(null as varchar) as _file, cast(null as bigint) as _row where false"
    )
