"""From the files of a source to a delivery."""

import tempfile
from pathlib import Path

from orchestration.errors import SourceError
from orchestration.sources import sql
from orchestration.sources.delivery import Delivery
from orchestration.sources.entities import ENTITIES, Entity
from orchestration.sources.files.config import FileMapping, FilesSource
from orchestration.sources.files.paths import label, matching, places
from orchestration.sources.files.readers import file_format, open_file, read_errors
from orchestration.sources.mapping.reading import Table, read, read_inline, refuse_unknown_columns


def extract(delivery: Delivery, config: FilesSource, folder: Path, spill: Path) -> None:
    """Read every mapped file into the delivery. `folder` is the config file's; paths start at
    `config.folder` under it. ConfigError where a mapping does not fit, SourceError where a file
    is missing or unreadable, or delivers other than it holds."""
    root = folder / config.folder
    delivery.connection.execute("set TimeZone = $zone", {"zone": config.time_zone})
    spill.mkdir(parents=True, exist_ok=True)
    for entity in ENTITIES.values():
        for number, mapping in enumerate(config.entities.get(entity.name, ())):
            if mapping.rows:
                read_inline(delivery, entity, mapping, config)
                continue
            paths = matching(root, mapping, entity)
            for path, place in zip(paths, places(paths, mapping), strict=True):
                file = label(root, path)
                # Transcoded copies are private data: they go as soon as the file is read.
                with (
                    tempfile.TemporaryDirectory(dir=spill) as scratch,
                    delivery.reading(entity, file) as reading,
                ):
                    reading.restates = None if place is None else (number, place)
                    _read(delivery, entity, mapping, config, path, file, Path(scratch))


def _read(
    delivery: Delivery,
    entity: Entity,
    mapping: FileMapping,
    config: FilesSource,
    path: Path,
    file: str,
    scratch: Path,
) -> None:
    kind = file_format(path, mapping)
    table = open_file(delivery.connection, path, mapping, scratch)
    refuse_unknown_columns(f"{path}", entity, mapping, table.columns)
    before = _known(delivery, entity, file)
    with read_errors(path, kind):
        read(delivery, entity, mapping, config, file, table, kind in ("xlsx", "parquet"))
        malformed = _add_malformed(delivery, entity, file, table) if table.malformed else 0
        found = _known(delivery, entity, file) - before
        if mapping.distinct:
            # What was read became fewer rows.
            counted = f"select count(*) from ({table.relation})"
            found = delivery.connection.execute(counted).fetchone()[0] + malformed
    if table.held is not None and found != table.held:
        raise SourceError(
            f"{path} holds {table.held:,} rows by its {_BY.get(kind, 'line ends')}, but"
            f" {found:,} were read: nothing of it is loaded"
        )


# What the rows of a file are counted by.
_BY = {"xlsx": "XML", "parquet": "footer", "json": "brackets", "jsonl": "line ends"}


def _known(delivery: Delivery, entity: Entity, file: str) -> int:
    """How many rows are delivered or left out so far."""
    return delivery.rows(entity) + delivery.open(entity, file).rows_filtered


def _add_malformed(delivery: Delivery, entity: Entity, file: str, table: Table) -> int:
    """Lines that are no rows are delivered and quarantined, and the rows after them, which were
    counted without them, get their true row numbers. How many there are."""
    connection = delivery.connection
    connection.execute(f"create or replace temp table malformed as {table.malformed}")
    connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    found = connection.execute("select count(*) from malformed").fetchone()[0]
    if not found and not table.skipped:
        return 0
    skipped = f" union all {table.skipped}" if table.skipped else ""
    connection.execute(
        f"""
        update delivered.{entity.name} set _row = _row + (
            select count(*)
            from (
                select _row - row_number() over (order by _row) as rows_before
                from (select _row from malformed{skipped})
            )
            where rows_before < delivered.{entity.name}._row
        )
        where _file = {sql.text(file)}
        """
    )
    unread = (
        f"select {sql.text(file)} as _file, _row, "
        "[{'column_name': null, 'value': null, 'reason': _unread}] as _problems from malformed"
    )
    delivery.add(entity, unread, [])
    return found
