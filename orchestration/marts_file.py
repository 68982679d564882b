"""The published tables of one night: a fresh DuckDB file and its Parquet twins, with descriptions.

A new file each night has no unused blocks and no bytes of erased clients.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import duckdb

from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.core.errors import AuditRefusedError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse

CONTRACT_VERSION = "1"

_PERSONAL = re.compile(r"phone|e_?mail|messenger|recording", re.IGNORECASE)
ABOUT = "One row about the night that built this file: what ran, for which day, from what."
_ABOUT_COLUMNS = {
    "run_id": ("varchar", "The night that built these marts; also the name of its folder."),
    "company": ("varchar", "The company whose config made these marts, as `business.name`."),
    "as_of_date": ("date", "The last business day the marts know of."),
    "published_at": ("timestamp", "When this file was built, UTC."),
    "code_version": ("varchar", "Version of the project that computed the marts."),
    "contract_version": ("varchar", "Version of the names and meanings of tables and columns."),
    "duckdb_version": ("varchar", "DuckDB that wrote the file; clients from 1.0 on can read it."),
    "source_watermarks": (
        "varchar",
        "JSON: per source and entity, the newest time delivered, UTC (null: no row has a time).",
    ),
    "row_counts": ("varchar", "JSON: the rows of each published table but this one."),
}


def build_marts_file(
    home: Home, limits: DuckDbLimits, folder: Path, run_id: str, as_of: date, tables: Sequence[str]
) -> None:
    """Write `tables` of the schema `marts` into `folder`: marts.duckdb and parquet/<table>.parquet.

    Rows are ordered by all columns, the key columns first, so that the same night run twice gives
    the same rows in the same order. A table's Parquet file is written while the next table is
    copied. Raises AuditRefusedError if a column is named like personal
    data.
    """
    with open_warehouse(home, limits) as connection:
        there = _columns(connection)
        for table in tables:
            _refuse_personal(table, there[table])
        # The oldest storage version, so that BI drivers with DuckDB 1.0 can open the file.
        file = sql.text(str(folder / "marts.duckdb"))
        connection.execute(f"attach {file} as published (storage_version 'v1.0.0')")
        described = dict(
            connection.execute(
                "select table_name, comment from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        )
        about = [_Column(name, text) for name, (_, text) in _ABOUT_COLUMNS.items()]
        with ThreadPoolExecutor(max_workers=1) as writer:
            written = []
            for table in tables:
                comment, columns = described.get(table), there[table]
                connection.execute(
                    f"create table published.main.{table} as from marts.{table} order by all"
                )
                comments = "".join(_comments(table, comment, columns))
                connection.execute(f"begin; {comments} commit")
                given = (folder / "parquet", table, comment, columns)
                written.append(writer.submit(_write_parquet, connection.cursor(), *given))
            _describe_itself(connection, run_id, home.owner(), as_of, tables, about)
            given = (folder / "parquet", "publication", ABOUT, about)
            written.append(writer.submit(_write_parquet, connection.cursor(), *given))
            for one in written:
                one.result()
        connection.execute("checkpoint published")
        connection.execute("detach published")


class _Column(NamedTuple):
    name: str
    comment: str | None


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[_Column]]:
    """The columns of every table of `marts`, in their order."""
    columns = defaultdict(list)
    for table, *column in connection.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where schema_name = 'marts' order by table_name, column_index"
    ).fetchall():
        columns[table].append(_Column(*column))
    return columns


def _refuse_personal(table: str, columns: Iterable[_Column]) -> None:
    for column in columns:
        if _PERSONAL.search(column.name):
            raise AuditRefusedError(
                f"marts.{table}.{column.name} has a name of personal data, which is never published"
            )


def _comments(table: str, comment: str | None, columns: Iterable[_Column]) -> Iterator[str]:
    """The statements that copy the descriptions of a table and its columns."""
    if comment is not None:
        yield f"comment on table published.main.{table} is {sql.text(comment)};"
    for column in columns:
        if column.comment is not None:
            what = f'published.main.{table}."{column.name}"'
            yield f"comment on column {what} is {sql.text(column.comment)};"


def _describe_itself(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    company: str | None,
    as_of: date,
    tables: Sequence[str],
    columns: Iterable[_Column],
) -> None:
    """Write the table `publication`. `columns`: those it has."""
    typed = ", ".join(f"{name} {type_}" for name, (type_, _) in _ABOUT_COLUMNS.items())
    connection.execute(f"create table published.main.publication ({typed})")
    values = [
        run_id,
        company,
        as_of,
        datetime.now(UTC).replace(tzinfo=None),
        version("voronka"),
        CONTRACT_VERSION,
        duckdb.__version__,
        json.dumps(_watermarks(connection)),
        json.dumps({table: _count(connection, table) for table in tables}),
    ]
    marks = ", ".join("?" * len(values))
    connection.execute(f"insert into published.main.publication values ({marks})", values)
    connection.execute("".join(_comments("publication", ABOUT, columns)))


def _write_parquet(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    table: str,
    comment: str | None,
    columns: Iterable[_Column],
) -> None:
    """Write the Parquet twin of a published table. Its key-value metadata has the descriptions:
    `description` of the table, `columns` of its columns, a JSON object."""
    texts = {column.name: column.comment for column in columns if column.comment is not None}
    described = sql.text(json.dumps(texts, ensure_ascii=False))
    file = sql.text(str(folder / f"{table}.parquet"))
    connection.execute(
        f"copy published.main.{table} to {file} (format parquet, compression zstd,"
        f" kv_metadata {{description: {sql.text(comment or '')}, columns: {described}}})"
    )


def _watermarks(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str | None]]:
    """Per source and entity, the newest time that was delivered (None: no row has a time)."""
    landed = connection.execute(
        "select view_name from duckdb_views() where schema_name = 'landing' order by view_name"
    ).fetchall()
    marks: dict[str, dict[str, str | None]] = {}
    for entity in (ENTITIES[name] for (name,) in landed):
        if entity.time is None:
            continue
        query = (
            f"select source, max({entity.time}) from landing.{entity.name} group by 1 order by 1"
        )
        newest = connection.execute(query).fetchall()
        for source, moment in newest:
            marks.setdefault(source, {})[entity.name] = moment and moment.isoformat()
    return marks


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = connection.execute(f"from published.main.{table} select count(*)")
    return int(sql.only_row(counted)[0])
