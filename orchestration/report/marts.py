"""Reads the published marts: each query in queries/ is one dataset of the report."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from orchestration.core import sql
from orchestration.core.errors import ConfigError

_QUERIES = files("orchestration.report") / "queries"


@dataclass(frozen=True)
class Dataset:
    """The rows of one query; values are numbers, texts, yes or no, ISO days, or None."""

    columns: list[str]
    rows: list[list[Any]]

    def dicts(self) -> list[dict[str, Any]]:
        """Each row as a dict by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Marts:
    """A connection to one published file, with the choices of the report prepared in it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        for name in ("periods", "recent", "scopes", "delivered"):
            connection.execute(_text(f"_{name}"))

    def read(self, name: str) -> Dataset:
        """The rows of queries/`name`.sql in its own order."""
        try:
            result = self._connection.execute(_text(name))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            what = str(error).splitlines()[0]
            raise ConfigError(
                f"the publication is not one of this version, run `voronka nightly`: {what}"
            ) from None
        columns = [column[0] for column in result.description]
        return Dataset(columns, [[_plain(value) for value in row] for row in result.fetchall()])

    def is_empty(self, mart: str) -> bool:
        """Whether a published table has no row at all."""
        query = f"select not exists (from marts.{sql.name(mart)})"
        return bool(self._connection.execute(query).fetchall()[0][0])


@contextmanager
def open_marts(file: Path) -> Iterator[Marts]:
    """Open a published marts.duckdb read-only. The tables of the choices are temporary ones."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {sql.text(str(file))} as marts (read_only)")
        yield Marts(connection)


def _text(name: str) -> str:
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def _plain(value: Any) -> Any:
    """A value that JSON can hold. A float holds fifteen digits: money with two decimal places up to
    ten trillion."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        # Shares and times: seven digits are more than anybody reads.
        return float(f"{value:.7g}")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value
