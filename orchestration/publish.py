"""Publication: the audited marts as read-only files, put in place by one rename.

A night is built in a temporary folder, closed and synced to disk, and then renamed; the link
`published` is swapped to it in one rename. So a crash at any point leaves the previous night whole,
and a reader that holds an old file open keeps reading it.
"""

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from orchestration.core import sql
from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.marts_file import build_marts_file

KEPT = 5

_BUILDING = ".building-"
_REMOVING = ".removing-"


@dataclass(frozen=True)
class Publication:
    """One published night. `published_at` is UTC; `row_counts` are the rows of each table.
    `company`: whose config made it (None: an earlier version did not say)."""

    id: str
    folder: Path
    company: str | None
    as_of_date: date
    published_at: datetime
    row_counts: dict[str, int]
    is_current: bool


def new_run_id(now: datetime, suffix: str) -> str:
    """An id that sorts by time, such as 20260701T030000Z-1a2b3c4d. `now` is an aware time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{suffix}"


def publish(
    home: Home, limits: DuckDbLimits, run_id: str, as_of: date, tables: Sequence[str]
) -> Publication:
    """Publish `tables` of the warehouse's schema `marts` as the night `run_id`.

    Raises AuditRefusedError if a column is named like personal data; the previous publication
    stays. Only for the run that holds the home's lock.
    """
    remove_leftovers(home)
    aside = home.publications / f"{_BUILDING}{run_id}"
    (aside / "parquet").mkdir(parents=True)
    build_marts_file(home, limits, aside, run_id, as_of, tables)
    _open_to_readers(aside)
    for path in (*aside.glob("parquet/*"), aside / "marts.duckdb", aside / "parquet", aside):
        _sync(path)
    folder = home.publications / run_id
    aside.rename(folder)
    _sync(home.publications)
    _point_to(home, run_id)
    _prune(home)
    published = _read(home, folder)
    assert published is not None, f"{folder} was published just now"
    return published


def publications(home: Home) -> list[Publication]:
    """Every kept night that can be restored, the newest first."""
    return [whole for folder in _folders(home) if (whole := _read(home, folder))]


def restore(home: Home, publication_id: str) -> Publication:
    """Restore a kept night in one rename. `publication_id`: the id or a unique start of it.

    Raises ConfigError if no kept night or more than one matches; nothing is changed then.
    """
    kept = publications(home)
    meant = [one for one in kept if publication_id and one.id.startswith(publication_id)]
    if len(meant) > 1:
        raise ConfigError(
            f"publication `{publication_id}` may be {_listed(meant)}: give more of its characters"
        )
    if not meant:
        is_half = (home.publications / publication_id).is_dir() and publication_id
        found = "is not whole" if is_half else "is not there"
        raise ConfigError(
            f"publication `{publication_id}` {found} in {home.publications}, kept: {_listed(kept)}"
        )
    _point_to(home, meant[0].id)
    return meant[0]


def replaced_later_day(home: Home, as_of: date) -> str | None:
    """A sentence on what a publication of `as_of` is about to replace; None: no later day."""
    for one in publications(home):
        if one.is_current and one.as_of_date > as_of:
            return (
                f"the marts are of {as_of} now and were of {one.as_of_date}:"
                f" `voronka restore {one.id}` puts these back"
            )
    return None


def remove_leftovers(home: Home) -> None:
    """Remove folders that a crashed run left half-built or half-removed."""
    for mark in (_BUILDING, _REMOVING):
        for folder in home.publications.glob(f"{mark}*"):
            shutil.rmtree(folder)
    _link_aside(home).unlink(missing_ok=True)


def _listed(publications: Iterable[Publication]) -> str:
    return ", ".join(one.id for one in publications) or "none"


def _folders(home: Home) -> list[Path]:
    """The nights, the newest first. A night being built or removed has a dot in its name."""
    return sorted((path for path in home.publications.glob("[!.]*")), reverse=True)


def _read(home: Home, folder: Path) -> Publication | None:
    """The publication in a folder; None if a part of it is missing."""
    # The Parquet twin, not the DuckDB file: a second open of one path in a process may return the
    # instance that an earlier reader still holds.
    about = folder / "parquet" / "publication.parquet"
    if not about.exists():
        return None
    with duckdb.connect() as connection:
        try:
            result = connection.execute("from read_parquet($1)", [str(about)])
        except duckdb.Error:
            return None
        names = [column[0] for column in result.description]
        row = dict(zip(names, sql.only_row(result), strict=True))
    counts = json.loads(row["row_counts"])
    files = [folder / "marts.duckdb", *(folder / "parquet" / f"{name}.parquet" for name in counts)]
    if not all(file.exists() for file in files):
        return None
    return Publication(
        folder.name,
        folder,
        row.get("company"),
        row["as_of_date"],
        row["published_at"],
        counts,
        home.published.resolve() == folder.resolve(),
    )


def _point_to(home: Home, publication_id: str) -> None:
    """Swap the link `published` in one rename, which is atomic."""
    link = _link_aside(home)
    link.unlink(missing_ok=True)
    link.symlink_to(Path("publications") / publication_id)
    link.replace(home.published)
    _sync(home.root)


def _prune(home: Home) -> None:
    """Keep the newest nights and the published one, which may be old after a restore."""
    current = home.published.resolve().name
    for folder in _folders(home)[KEPT:]:
        if folder.name != current:
            # Rename first: a half-removed night with its old name would look like a whole one.
            aside = folder.rename(folder.with_name(f"{_REMOVING}{folder.name}"))
            shutil.rmtree(aside)


def _open_to_readers(folder: Path) -> None:
    """Make the publication readable for every user who can open the home; the rest of the home
    stays readable by its owner only."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _link_aside(home: Home) -> Path:
    return home.root / ".published-aside"


def _sync(path: Path) -> None:
    """Flush written data to disk (fsync) before the rename makes it visible."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
