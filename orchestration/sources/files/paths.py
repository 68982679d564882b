"""The files of a mapping, in the order in which they are read."""

import re
from collections.abc import Iterable
from pathlib import Path

from orchestration.core.entity import Entity
from orchestration.core.errors import ConfigError, SourceError, guess
from orchestration.sources.files.config import FileMapping, FilesSource

# What programs leave beside a file: that Excel has it open, and what macOS notes about it.
_LEFT_BESIDE = ("~$", "._", ".~")
# Suffixes such as `.csv.gz`. Names are compared without them first, so that `ads (1).csv` is later
# than `ads.csv`.
_SUFFIXES = re.compile(r"(\.[A-Za-z]+)*$")
_TABLES = re.compile(r"\.(csv|tsv|xlsx|xlsm|json|jsonl|ndjson|parquet)(\.gz)?$", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(?<!\d)(\d\d?)\.(\d\d?)\.(\d{4})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)\d\d?([-_ ])\d\d?\1\d{4}(?!\d)")


def matching(root: Path, pattern: str, mapping: FileMapping, entity: Entity) -> list[Path]:
    """The files of a path or glob of a mapping, sorted, so that the same folder is read in the same
    order: where the later file wins, by the number or date in their names or that of their last
    change."""
    try:
        paths = _found(root, pattern)
    except (ValueError, NotImplementedError, IndexError) as error:
        raise ConfigError(f"`path` {pattern!r} of `{entity.name}` is not a path: {error}") from None
    if not paths:
        near = guess(Path(pattern).name, _names((root / pattern).parent))
        raise SourceError(
            f"no file {root / pattern} exists, expected one for `{entity.name}`{near}"
        )
    for path in paths:
        if not path.is_file():
            raise SourceError(f"{path} is not a file that can be read")
        if not str(path).isprintable():
            raise SourceError(f"{str(path)!r} has a name that is not UTF-8, rename the file")
    if mapping.later_file_wins == "date":
        return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path))
    if mapping.later_file_wins == "name":
        for path in paths:
            if len(paths) > 1 and (found := _YEAR_LAST.search(label(root, path))):
                raise ConfigError(
                    f"{path}: `later_file_wins` cannot know the day of {found[0]}, expected dates"
                    " like 2026-11-22 or 22.11.2026 in the names of files"
                )
        return sorted(paths, key=_natural)
    return sorted(paths)


def places(paths: list[Path], mapping: FileMapping) -> list[int | None]:
    """The place of each of the sorted files among those of which a later one wins: files of one
    date share theirs."""
    if mapping.later_file_wins is None:
        return [None] * len(paths)
    if mapping.later_file_wins == "name":
        return list(range(len(paths)))
    dates = [path.stat().st_mtime_ns for path in paths]
    return [dates.index(date) for date in dates]


def unread(sources: Iterable[FilesSource], folder: Path) -> dict[Path, list[str]]:
    """By folder that a mapping reads files of, the names of its tables that none of `sources`
    reads. `folder`: that of the config file. A path that cannot be read has no files."""
    found = {
        path.resolve()
        for source in sources
        for mappings in source.entities.values()
        for mapping in mappings
        for pattern in mapping.patterns
        for path in _found_or_none(folder / source.folder, pattern)
    }
    folders = sorted({path.parent for path in found})
    beside = {
        place: [
            name
            for name in _names(place)
            if _TABLES.search(name) and (place / name).resolve() not in found
        ]
        for place in folders
    }
    return {place: names for place, names in beside.items() if names}


def label(root: Path, path: Path) -> str:
    """The name of a file in the ledger: its path under the folder of the source."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _found(root: Path, pattern: str) -> list[Path]:
    first, *rest = Path(pattern).parts or (".",)
    # A file name may contain pattern characters, such as `deals [1].csv`.
    while (root / first).exists():
        root = root / first
        if not rest:
            return [] if root.is_dir() else [root]
        first, *rest = rest
    found = root.glob("/".join([first, *rest]))
    return [path for path in found if not path.is_dir() and not path.name.startswith(_LEFT_BESIDE)]


def _found_or_none(root: Path, pattern: str) -> list[Path]:
    try:
        return _found(root, pattern)
    except (ValueError, NotImplementedError, IndexError):
        return []


def _names(folder: Path) -> list[str]:
    """The names of the files in a folder, in order."""
    if not folder.is_dir():
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith((".", *_LEFT_BESIDE))
    )


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Numbers in names sort as numbers: `report 10` comes after `report 2`. Dates such as
    22.11.2026 sort by year, month and day."""
    name = path.as_posix()
    stem = _SUFFIXES.sub("", name)
    parts = re.split(r"(\d+)", _DAY_FIRST.sub(r"\3.\2.\1", stem))
    order = [(int(part), "") if place % 2 else (-1, part) for place, part in enumerate(parts)]
    return order, name
