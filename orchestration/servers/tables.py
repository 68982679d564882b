"""The published tables as a server needs them: columns, types, descriptions and keys."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.core import sql
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import ROOT

# An entry of an index of PostgreSQL takes at most 2,704 bytes, some of them for its columns.
LONGEST_KEY_BYTES = 2_500

_Key = tuple[tuple[str, ...], frozenset[str]]
_NO_KEY: _Key = ((), frozenset())


@dataclass(frozen=True)
class Column:
    """`type`: as DuckDB names it. `comment`: what it means; None: nothing is known."""

    name: str
    type: str
    is_required: bool
    comment: str | None


@dataclass(frozen=True)
class Table:
    """A published table. `key`: the columns that no two rows share; a part of it may be NULL where
    its column is not required."""

    name: str
    comment: str | None
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True)
class PublishedFile:
    """The open file of a publication, and what it says of itself."""

    connection: duckdb.DuckDBPyConnection
    id: str
    company: str | None
    as_of: date

    def tables(self) -> list[Table]:
        """Every table, the small ones about the night too, by name."""
        columns = defaultdict(list)
        for table, name, type_, comment in self.connection.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns()"
            " where database_name = 'marts' order by table_name, column_index"
        ).fetchall():
            _, required = _keys().get(table, _NO_KEY)
            columns[table].append(Column(name, type_, name in required, comment))
        comments = self.connection.execute(
            "select table_name, comment from duckdb_tables() where database_name = 'marts'"
            " order by 1"
        ).fetchall()
        return [
            Table(name, comment, tuple(columns[name]), self._key(name, columns[name]))
            for name, comment in comments
        ]

    def _key(self, table: str, columns: list[Column]) -> tuple[str, ...]:
        """The key of a table; none if a value of it is too long for an index of the server."""
        key, _ = _keys().get(table, _NO_KEY)
        texts = [one.name for one in columns if one.name in key and one.type == "VARCHAR"]
        if not texts:
            return key
        length = " + ".join(f"coalesce(strlen({sql.name(one)}), 0)" for one in texts)
        longest = self.connection.execute(f"select max({length}) from {sql.name(table)}")
        return key if (sql.only_row(longest)[0] or 0) <= LONGEST_KEY_BYTES else ()


@contextmanager
def open_published(home: Home, limits: DuckDbLimits) -> Iterator[PublishedFile]:
    """The file that is published now. It stays readable until the block ends, also if newer nights
    remove its folder."""
    folder = home.published.resolve()
    with duckdb.connect() as connection:
        # Attached, so that another database can be attached and written.
        connection.execute(f"attach {sql.text(str(folder / 'marts.duckdb'))} as marts (read_only)")
        connection.execute("use marts")
        connection.execute(f"set memory_limit = '{limits.memory}'")
        connection.execute(f"set temp_directory = {sql.text(str(home.state / 'spill'))}")
        connection.execute("set timezone = 'UTC'")
        about = connection.execute("select run_id, company, as_of_date from publication")
        yield PublishedFile(connection, *sql.only_row(about))


@cache
def _keys() -> dict[str, _Key]:
    """By model of the star and the marts: the columns of its grain, and all columns that are never
    NULL. Its tests say so, which have passed on the rows that are published."""
    keys = {}
    for layer in ("star", "marts"):
        for path in sorted((ROOT / "models" / layer).glob("**/*.yml")):
            for model in _read(path).get("models", ()):
                keys[model["name"]] = _key(model)
    return keys


def _key(model: dict[str, Any]) -> _Key:
    key: tuple[str, ...] = ()
    required = {
        column["name"]
        for column in model.get("columns", ())
        if "not_null" in column.get("data_tests", ())
    }
    for test in model.get("data_tests", ()):
        if isinstance(test, dict) and "unique_grain" in test:
            grain = test["unique_grain"]["arguments"]
            key = tuple(grain["columns"])
            required |= set(key) - set(grain.get("nullable", ()))
    return key, frozenset(required)


def _read(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        return yaml.safe_load(file) or {}
