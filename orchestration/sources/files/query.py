"""Runs a mapping's `query` over the rows of one or several files."""

from pathlib import Path

from orchestration.core import sql
from orchestration.core.entity import Column, Entity
from orchestration.sources.delivery import Delivery
from orchestration.sources.files.config import FileMapping, FilesSource
from orchestration.sources.files.loading import opened
from orchestration.sources.files.sandbox import ask, open_sandbox
from orchestration.sources.mapping.reading import (
    named_by_query,
    read,
    refuse_unknown_columns,
    refuse_unsure_thousands,
)
from orchestration.sources.mapping.rows import as_they_are

# By name in the query: the path of each file and its name in the ledger.
Files = dict[str, list[tuple[Path, str]]]


def read_query(
    delivery: Delivery,
    entity: Entity,
    mapping: FileMapping,
    config: FilesSource,
    file: str,
    files: Files,
    scratch: Path,
) -> None:
    """Deliver the rows that the query returns as rows of `file`, and count the rows of the files
    that it left out. Malformed lines never reach it: they are quarantined."""
    reading = delivery.open(entity, file)
    reading.rows_read = reading.rows_read or 0
    # The counted rows are those of the first file; the other files are lookups.
    first = next(iter(files))
    with open_sandbox(delivery, scratch) as sandbox:
        for name, paths in files.items():
            has_columns = _read_all(sandbox, name, paths, mapping.of_file(name), scratch)
            if name == first and not has_columns:
                # A JSON export without objects has no columns to select.
                return
        _quarantine_unread(sandbox, entity, delivery)
        assert mapping.query is not None
        place = f"the query of `{entity.name}` over {file}"
        table = ask(sandbox, mapping.query, mapping, place, delivery)
        held, left_out = _left_out(sandbox, first)
    mapping = named_by_query(place, entity, mapping, config, table.columns)
    refuse_unknown_columns(place, entity, mapping, table.columns)
    refuse_unsure_thousands(delivery, place, entity, mapping, table)
    read(delivery, entity, mapping, config, file, table, native_dates=True)
    delivery.connection.execute("drop table answer")
    reading.rows_read += held
    reading.rows_filtered += left_out


def _read_all(
    sandbox: Delivery, name: str, paths: list[tuple[Path, str]], mapping: FileMapping, scratch: Path
) -> bool:
    """Create the relation `name`: the rows of these files as texts, with `_file` and `_row`.
    Returns False if none of the files has a column."""
    parts = []
    for number, (path, file) in enumerate(paths):
        place = scratch / f"{name} {number}"
        place.mkdir()
        parts += _read_one(sandbox, f"{name}_{number}", path, file, mapping, place)
    if parts:
        rows = " union all by name ".join(parts)
        sandbox.connection.execute(f"create view {sql.name(name)} as {rows}")
    return bool(parts)


def _read_one(
    sandbox: Delivery, name: str, path: Path, file: str, mapping: FileMapping, scratch: Path
) -> list[str]:
    """Load a file into the sandbox; returns the query of its rows, or nothing without columns."""
    found = opened(sandbox, path, file, mapping, scratch)
    columns = found.table.columns
    if not columns:
        return []
    rows = Entity(name, tuple(Column(column) for column in columns), key=())
    texts = as_they_are(found.table.relation, columns, mapping.null_values, file)
    sandbox.open(rows, file)
    found.load(rows, lambda: sandbox.add(rows, texts, columns))
    kept = sql.names([*columns, "_file", "_row"])
    return [f"select {kept} from delivered.{name} where _problems is null"]


def _quarantine_unread(sandbox: Delivery, entity: Entity, delivery: Delivery) -> None:
    """Deliver the malformed lines of all files."""
    for held in sandbox.entities:
        unread = sandbox.connection.execute(
            f"select _file, _row, _problems from delivered.{held.name} where _problems is not null"
        ).to_arrow_table()
        if unread.num_rows:
            delivery.open(entity, unread.column("_file")[0].as_py())
            delivery.connection.register("unread", unread)
            delivery.add(entity, "from unread", [])
            delivery.connection.unregister("unread")


def _left_out(sandbox: Delivery, first: str) -> tuple[int, int]:
    """The number of rows of the first file, and how many of them the query left out: rows whose
    `_row` it does not return, or without `_row`, how many fewer rows it returns."""

    def count(query: str) -> int:
        return int(sql.only_row(sandbox.connection.execute(f"select count(*) from ({query})"))[0])

    relation = f"main.{sql.name(first)}"
    held = count(f"from {relation}")
    columns = {name for name, *_ in sandbox.connection.execute("describe answer").fetchall()}
    key = [name for name in ("_file", "_row") if name in columns]
    is_one_file = count(f"select distinct _file from {relation}") <= 1
    if "_row" in columns and ("_file" in columns or is_one_file):
        given = count(f"select distinct {sql.names(key)} from answer where _row is not null")
    else:
        given = count("from answer")
    return held, max(held - given, 0)
