"""Publication: the audited marts as read-only files, put in place by one rename.

A night is built in a folder aside, closed and synced to disk, and only then named; the link
`published` is swapped to it in one rename. So a crash at any instruction leaves the night before
whole, and a reader that holds an old file open goes on reading it.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from orchestration.errors import ConfigError
from orchestration.home import Home
from orchestration.marts_file import build_marts_file
from orchestration.settings import Limits

KEPT = 5

_BUILDING = ".building-"


@dataclass(frozen=True)
class Publication:
    """One published night. `published_at` is UTC; `row_counts` are the rows of each table."""

    id: str
    folder: Path
    as_of_date: date
    published_at: datetime
    row_counts: dict[str, int]
    is_current: bool


def new_run_id(now: datetime, suffix: str) -> str:
    """An id that sorts by time, such as 20260701T030000Z-1a2b3c4d. `now` is an aware time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{suffix}"


def publish(
    home: Home, limits: Limits, run_id: str, as_of: date, tables: Sequence[str]
) -> Publication:
    """Publish `tables` of the warehouse's schema `marts` as the night `run_id`.

    AuditRefusedError where a column is named like personal data; what was published stays.
    Only for the one run that holds the home's lock.
    """
    remove_leftovers(home)
    aside = home.publications / f"{_BUILDING}{run_id}"
    (aside / "parquet").mkdir(parents=True)
    build_marts_file(home, limits, aside, run_id, as_of, tables)
    for path in (*aside.glob("parquet/*"), aside / "marts.duckdb", aside / "parquet", aside):
        _sync(path)
    folder = home.publications / run_id
    aside.rename(folder)
    _sync(home.publications)
    _point_to(home, run_id)
    _prune(home)
    return _read(home, folder)


def publications(home: Home) -> list[Publication]:
    """Every night that can be put back, the newest first."""
    return [_read(home, folder) for folder in _folders(home)]


def restore(home: Home, publication_id: str) -> None:
    """Put a kept night back in one rename. ConfigError where it is not one of those kept."""
    known = [folder.name for folder in _folders(home)]
    if publication_id not in known:
        kept = ", ".join(known) or "none"
        raise ConfigError(f"no publication `{publication_id}` in {home.publications}, kept: {kept}")
    _point_to(home, publication_id)


def remove_leftovers(home: Home) -> None:
    """Remove what a crashed run left half-built."""
    for folder in home.publications.glob(f"{_BUILDING}*"):
        shutil.rmtree(folder)
    _link_aside(home).unlink(missing_ok=True)


def _folders(home: Home) -> list[Path]:
    """The complete nights, the newest first: only a complete one has lost its building name."""
    return sorted((path for path in home.publications.glob("[!.]*")), reverse=True)


def _read(home: Home, folder: Path) -> Publication:
    # The Parquet twin, not the DuckDB file: a second open of one path in a process may return the
    # instance that an earlier reader still holds.
    about = folder / "parquet" / "publication.parquet"
    with duckdb.connect() as connection:
        row = connection.execute(
            "select as_of_date, published_at, row_counts from read_parquet($1)", [str(about)]
        ).fetchone()
    assert row is not None, f"{about} has one row"
    as_of, published_at, counts = row
    is_current = home.published.resolve() == folder.resolve()
    return Publication(folder.name, folder, as_of, published_at, json.loads(counts), is_current)


def _point_to(home: Home, publication_id: str) -> None:
    """Swap the link `published` in one rename, which a crash cannot cut in two."""
    link = _link_aside(home)
    link.unlink(missing_ok=True)
    link.symlink_to(Path("publications") / publication_id)
    link.replace(home.published)
    _sync(home.root)


def _prune(home: Home) -> None:
    """Keep the newest nights, and the one in place, which a restore may have made an old one."""
    current = home.published.resolve().name
    for folder in _folders(home)[KEPT:]:
        if folder.name != current:
            shutil.rmtree(folder)


def _link_aside(home: Home) -> Path:
    return home.root / ".published-aside"


def _sync(path: Path) -> None:
    """Have the disk hold what was written, before a name says that it is there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
