"""What the tests of every vendor share: a warehouse that is landed and conformed as a night does
it, without paying for a night; and time that passes at once."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import c_double
from datetime import date
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import duckdb

from kits.united import unite
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.dbt_sources import given
from orchestration.emulators.clock import QuickTime
from orchestration.emulators.company import LAST_DAY
from orchestration.settings import Source
from orchestration.sources import raw
from orchestration.sources.connectors.base import ConnectorSource
from orchestration.sources.http import client, rates
from orchestration.sources.landing import Load, land

# By vendor: the (qualified name, SQL) of its staging models, in the order they build on each other.
Models = Mapping[str, Sequence[tuple[str, str]]]


def land_vendor(
    home: Home,
    source: ConnectorSource,
    name: str,
    as_of: date = LAST_DAY,
    window: tuple[date, date] | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> list[Load]:
    """Land the source into the home, which is made where it is not there."""
    home.prepare()
    return land(name, source, home, DuckDbLimits(), Path(), as_of, window=window, say=say)


def every_vendor() -> dict[str, ConnectorSource]:
    """An account with each vendor, named as its vendor is."""
    kinds = [one for one in get_args(get_args(Source)[0]) if issubclass(one, ConnectorSource)]
    types = {get_args(kind.model_fields["type"].annotation)[0]: kind for kind in kinds}
    return {name: kind.model_construct(type=name) for name, kind in types.items()}


def conform_vendor(
    home: Home, sources: Mapping[str, ConnectorSource], models: Models
) -> duckdb.DuckDBPyConnection:
    """What the night makes of landed vendors: their staging as views, and schema `landing` over
    them. A connection that reads the warehouse."""
    with open_warehouse(home, DuckDbLimits()) as connection:
        raw.complete(connection, sources)
        connection.execute("create schema if not exists staging")
        for (name, rows), columns in zip(
            given(sources).items(),
            ("source, name, value", "source, entity, column_name, field_id"),
            strict=True,
        ):
            texts = ", ".join(f"{column} varchar" for column in columns.split(", "))
            place = f"staging.stg_config__{name.removeprefix('source_')}"
            connection.execute(f"create or replace table {place} ({texts})")
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"insert into {place} values ({marks})", rows)
        for vendor in {source.type for source in sources.values()}:
            _gather(connection, vendor, sources)
            for model, query in models[vendor]:
                # The models know one account, named as its vendor is.
                query = query.replace(f'"raw_{vendor}".', f"every_{vendor}.")
                connection.execute(f"create or replace view {model} as {query}")
        unite(connection, sources)
    return duckdb.connect(home.warehouse, read_only=True)


def _gather(
    connection: duckdb.DuckDBPyConnection, vendor: str, sources: Mapping[str, ConnectorSource]
) -> None:
    """Schema `every_<vendor>`: the raw tables of all its accounts, one under the other."""
    accounts = {name: source for name, source in sources.items() if source.type == vendor}
    connection.execute(f"create schema if not exists every_{vendor}")
    for table in next(iter(accounts.values())).tables:
        parts = " union all by name ".join(f"from raw_{name}.{table.name}" for name in accounts)
        connection.execute(f"create or replace view every_{vendor}.{table.name} as {parts}")


def rows(connection: duckdb.DuckDBPyConnection, query: str, key: str) -> dict[str, dict[str, Any]]:
    """The rows of a query by one of their columns, which no two of them share."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    by_key = {row[key]: row for row in found}
    assert len(by_key) == len(found), f"rows share their {key}"
    return by_key


def same(one: Home, other: Home, source: str) -> None:
    """Assert that two homes hold the same rows of all raw tables of the source."""
    with duckdb.connect() as connection:
        for name, home in (("one", one), ("other", other)):
            connection.execute(f"attach '{home.warehouse}' as {name} (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables()"
            " where database_name = 'one' and schema_name = ?",
            [f"raw_{source}"],
        ).fetchall()
        assert tables
        for (table,) in tables:
            # The place in a page tells of the run, not of the vendor.
            columns = "columns(c -> not starts_with(c, '_'))"
            pair = [f"select {columns} from {n}.raw_{source}.{table}" for n in ("one", "other")]
            for left, right in (pair, pair[::-1]):
                extra = connection.execute(f"{left} except all {right}").fetchall()
                assert extra == [], f"{table}: {len(extra)} rows, the first {extra[0]}"


def diagnosed(source: ConnectorSource, place: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The findings of the doctor about the account `crm`, by subject: first those that are ok, then
    the others. Asserts that it writes nothing into `place`, the folder of a home."""
    well: dict[str, str] = {}
    ill: dict[str, str] = {}
    for one in source.diagnose("crm", LAST_DAY, Home(place)):
        (well if one.ok else ill)[one.what] = one.found
    assert not any(place.iterdir())
    return well, ill


def files_with(home: Home, *texts: str) -> list[Path]:
    """The files of the home, the warehouse aside, that hold one of the texts. Parquet, which is
    compressed, is searched row by row."""
    private = (home.warehouse, home.warehouse.with_suffix(".duckdb.wal"))
    found = []
    for path in home.root.rglob("*"):
        if path.is_file() and path not in private:
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content += f"{duckdb.read_parquet(f'{path}').fetchall()}".encode()
            if any(text.encode() in content for text in texts):
                found.append(path)
    return found


@contextmanager
def passing(ahead: c_double | None = None) -> Iterator[QuickTime]:
    """Within the block all connectors wait in a time that passes at once, shared with another
    process by its `ahead`. Give `now` of it to the emulator, whose limits then live in the same
    time."""
    time = QuickTime(ahead)
    # To look through all that other tests have left takes long enough for a request to come late.
    gc.freeze()
    try:
        with (
            patch.object(client, "Clock", lambda: time.clock),
            patch.object(rates, "Clock", lambda: time.clock),
            patch.object(rates, "_accounts", {}),
        ):
            yield time
    finally:
        gc.unfreeze()
