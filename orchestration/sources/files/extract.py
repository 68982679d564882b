"""Reads the files of a source into a delivery."""

import tempfile
from pathlib import Path

from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity
from orchestration.sources.delivery import Delivery
from orchestration.sources.files.config import FileMapping, FilesSource
from orchestration.sources.files.loading import opened
from orchestration.sources.files.paths import label, matching, places
from orchestration.sources.files.query import read_query
from orchestration.sources.mapping.reading import (
    read,
    read_inline,
    refuse_unknown_columns,
    refuse_unsure_thousands,
)


def extract(delivery: Delivery, config: FilesSource, folder: Path, spill: Path) -> None:
    """Read every mapped file into the delivery. `folder` is the config file's; paths start at
    `config.folder` under it. Raises ConfigError if a mapping does not fit, SourceError if a file is
    missing or unreadable, or if not all of its rows are delivered."""
    root = folder / config.folder
    delivery.connection.execute("set TimeZone = $zone", {"zone": config.time_zone})
    spill.mkdir(parents=True, exist_ok=True)
    for entity in ENTITIES.values():
        for number, mapping in enumerate(config.entities.get(entity.name, ())):
            if mapping.rows:
                read_inline(delivery, entity, mapping, config)
            elif mapping.files:
                _read_together(delivery, entity, mapping, config, root, spill)
            else:
                _read_each(delivery, entity, mapping, config, root, spill, number)


def _read_each(
    delivery: Delivery,
    entity: Entity,
    mapping: FileMapping,
    config: FilesSource,
    root: Path,
    spill: Path,
    number: int,
) -> None:
    """Read each file of `path` separately."""
    assert mapping.path is not None
    paths = matching(root, mapping.path, mapping, entity)
    for path, place in zip(paths, places(paths, mapping), strict=True):
        file = label(root, path)
        # Transcoded copies contain personal data: they are removed as soon as the file is read.
        with (
            tempfile.TemporaryDirectory(dir=spill) as scratch,
            delivery.reading(entity, file) as reading,
        ):
            reading.restates = None if place is None else (number, place)
            if mapping.query:
                files = {"file": [(path, file)]}
                read_query(delivery, entity, mapping, config, file, files, Path(scratch))
            else:
                _read(delivery, entity, mapping, config, path, file, Path(scratch))


def _read_together(
    delivery: Delivery,
    entity: Entity,
    mapping: FileMapping,
    config: FilesSource,
    root: Path,
    spill: Path,
) -> None:
    """Read all files of `files` for one query."""
    assert mapping.files is not None
    file = " + ".join(named.path for named in mapping.files.values())
    with tempfile.TemporaryDirectory(dir=spill) as scratch, delivery.reading(entity, file):
        files = {
            name: [
                (path, label(root, path)) for path in matching(root, named.path, mapping, entity)
            ]
            for name, named in mapping.files.items()
        }
        read_query(delivery, entity, mapping, config, file, files, Path(scratch))


def _read(
    delivery: Delivery,
    entity: Entity,
    mapping: FileMapping,
    config: FilesSource,
    path: Path,
    file: str,
    scratch: Path,
) -> None:
    found = opened(delivery, path, file, mapping, scratch)
    refuse_unknown_columns(f"{path}", entity, mapping, found.table.columns)
    native_dates = found.kind in ("xlsx", "parquet")

    def add() -> None:
        refuse_unsure_thousands(delivery, f"{path}", entity, mapping, found.table)
        read(delivery, entity, mapping, config, file, found.table, native_dates)

    found.load(entity, add, collapses=mapping.distinct)
