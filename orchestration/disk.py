"""The disk of the home folder: its free space before a night, one sentence when it is full.

DuckDB, dbt, dlt and Dagster each report a full disk in their own words, some in thousands of lines.
A run reserves some space when it begins and frees it at the first such error, so that it can still
record how it ended.
"""

import os
import re
import shutil
from pathlib import Path

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home

RESERVED_BYTES = 32 * 1024**2
# Several times what the smallest company needs.
_LEAST_BYTES = 256 * 1024**2
_FULL_BYTES = 1024**2

_FULL = re.compile(
    "no space left on device|disk is full|disk full|disk quota exceeded|max_temp_directory_size",
    re.IGNORECASE,
)


class DiskFullError(ConfigError):
    """Not enough free space on the disk of the home folder; nothing was published."""


def needed_bytes(home: Home) -> int:
    """About how many bytes a night needs free: one more publication beside those kept, and the
    tables that a build writes before it drops the old ones."""
    return _LEAST_BYTES + _size(home.published / "marts.duckdb") * 2


def refuse_full(home: Home) -> None:
    """Raises DiskFullError if there is not enough free space for a night, before it begins."""
    free = shutil.disk_usage(home.root).free
    if free < needed_bytes(home):
        raise _error(home, free)


def reserve(home: Home) -> None:
    """Reserve space so that the run can record how it ended."""
    descriptor = os.open(_reserve_file(home.state), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, RESERVED_BYTES)
    finally:
        os.close(descriptor)


def release(state: Path) -> bool:
    """Free the reserve; returns whether there was one. `state`: that folder of the home."""
    try:
        _reserve_file(state).unlink()
    except FileNotFoundError:
        return False
    return True


def is_full(error: BaseException) -> bool:
    """Whether the error, or what caused it, says that a disk is full."""
    seen: BaseException | None = error
    while seen is not None:
        if _FULL.search(str(seen)):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def explained(error: BaseException, home: Home) -> DiskFullError | None:
    """One sentence for an error caused by a full disk; None for any other error."""
    if isinstance(error, DiskFullError):
        return error
    free = shutil.disk_usage(home.root).free
    if not is_full(error) and free > _FULL_BYTES:
        return None
    release(home.state)
    return _error(home, free)


def _error(home: Home, free: int) -> DiskFullError:
    return DiskFullError(
        f"the disk of home folder {home.root} has {_shown(free)} free, a night needs about"
        f" {_shown(needed_bytes(home))} there: free some space and run it again; what was published"
        " stays"
    )


def _shown(size: int) -> str:
    return f"{size / 1024**2:,.0f} MiB"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reserve_file(state: Path) -> Path:
    return state / "reserve"
