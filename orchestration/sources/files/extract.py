"""From the files of a source to a delivery."""

import tempfile
from pathlib import Path

from orchestration.errors import SourceError
from orchestration.sources import sql
from orchestration.sources.delivery import Delivery
from orchestration.sources.entities import ENTITIES, Entity
from orchestration.sources.files.config import FileMapping, FilesSource
from orchestration.sources.files.readers import file_format, open_file
from orchestration.sources.mapping.reading import Table, read, read_inline, refuse_unknown_columns


def extract(delivery: Delivery, config: FilesSource, folder: Path, spill: Path) -> None:
    """Read every mapped file into the delivery. `folder` is the config file's; paths start at
    `config.folder` under it. ConfigError where a mapping does not fit, SourceError where a file
    is missing or unreadable."""
    root = folder / config.folder
    delivery.connection.execute("set TimeZone = $zone", {"zone": config.time_zone})
    spill.mkdir(parents=True, exist_ok=True)
    for entity in ENTITIES.values():
        for mapping in config.entities.get(entity.name, ()):
            if mapping.rows:
                read_inline(delivery, entity, mapping, config)
                continue
            for path in _matching(root, mapping.path, entity):
                file = path.relative_to(root).as_posix()
                # Transcoded copies are private data: they go as soon as the file is read.
                with (
                    tempfile.TemporaryDirectory(dir=spill) as scratch,
                    delivery.reading(entity, file),
                ):
                    table = open_file(delivery.connection, path, mapping, Path(scratch))
                    refuse_unknown_columns(f"{path}", entity, mapping, table.columns)
                    _read(delivery, entity, mapping, config, file, table)


def _matching(root: Path, pattern: str, entity: Entity) -> list[Path]:
    """The files of a path or glob, sorted, so that the same folder is read in the same order."""
    paths = sorted(path for path in root.glob(pattern) if not path.is_dir())
    if not paths:
        raise SourceError(
            f"no file {root / pattern} is there, it was expected to deliver `{entity.name}`"
        )
    return paths


def _read(
    delivery: Delivery,
    entity: Entity,
    mapping: FileMapping,
    config: FilesSource,
    file: str,
    table: Table,
) -> None:
    native_dates = file_format(Path(file), mapping) in ("xlsx", "parquet")
    read(delivery, entity, mapping, config, file, table, native_dates)
    if table.malformed:
        _add_malformed(delivery, entity, file, table.malformed)
        connection = delivery.connection
        connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")


def _add_malformed(delivery: Delivery, entity: Entity, file: str, malformed: str) -> None:
    """Lines that are no rows: they are delivered and quarantined, and the rows after them, which
    were counted without them, get their true row numbers."""
    connection = delivery.connection
    connection.execute(f"create or replace temp table malformed as {malformed}")
    found = connection.execute("select count(*) from malformed").fetchone()[0]
    if not found:
        return
    connection.execute(
        f"""
        update delivered.{entity.name} set _row = _row + (
            select count(*)
            from (
                select _row - row_number() over (order by _row) as rows_before from malformed
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
