"""The names of the columns: where they stand, and what is refused as one. No value is ever shown:
a file without a header has a client's in its place."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.files.config import FileMapping

# Columns that a relation has besides those of the file.
_OURS = ("_row", "_unread", "_file", "_problems")
_MOST_COLUMNS = 20_000
_LOOKED_AT = 100


def rows_looked_at(mapping: FileMapping) -> int:
    """The number of first rows that `header_place` needs."""
    return _LOOKED_AT if mapping.header_row == "find" else max(mapping.header_row, _LOOKED_AT)


def header_place(path: Path, mapping: FileMapping, rows: Sequence[list[str]]) -> int:
    """The place of the header in `rows`, the first rows of the file, by `header_row`.

    Raises ConfigError if no row is the header.
    """
    wanted = mapping.file_columns
    fits = [
        place
        for place, row in enumerate(rows[:_LOOKED_AT])
        if wanted and wanted <= {*_placed(row, wanted)}
    ]
    listed = ", ".join(f"`{name}`" for name in sorted(wanted))
    if mapping.header_row == "find":
        if not fits:
            raise ConfigError(
                f"{path}: none of its first {_LOOKED_AT} rows has all the columns of the mapping:"
                f" {listed}"
            )
        return fits[0]
    place = mapping.header_row - 1
    if place >= len(rows):
        raise SourceError(f"{path} has {len(rows)} rows, expected its header in row {place + 1}")
    _refuse_nul(path, rows[place])
    names = {name.strip() for name in rows[place]}
    if not any(names):
        raise SourceError(
            f"{path} has an empty {_nth(place)}, expected the names of its columns; say"
            " `header_row` where they stand elsewhere"
        )
    if fits and place not in fits:
        raise ConfigError(
            f"{path}: its header seems to be in row {fits[0] + 1}: set"
            f' `header_row = {fits[0] + 1}`, or `"find"`'
        )
    if wanted and not wanted & names:
        raise ConfigError(
            f"{path}: none of the {len(rows[place])} cells of its {_nth(place)} is a column of the"
            f" mapping ({listed}), expected the names of its columns there; say `header_row` where"
            " they stand elsewhere, and add a header where there is none"
        )
    return place


def column_names(path: Path, header: Sequence[str], wanted: Collection[str]) -> list[str]:
    """The names of the columns: one that is empty or our own gets its place added, and so does each
    of several with one name, as nobody can know which of them is meant. Of names that differ by
    their case (SQL knows none) the first or a `wanted` one stays as it is."""
    if len(header) > _MOST_COLUMNS:
        raise SourceError(f"{path} has {len(header):,} columns, expected at most {_MOST_COLUMNS:,}")
    _refuse_nul(path, header)
    return _placed(header, wanted)


def _placed(header: Sequence[str], wanted: Collection[str]) -> list[str]:
    names: list[str] = []
    taken = set(_OURS)
    stripped = [name.strip() for name in header]
    repeated = {name for name, count in Counter(stripped).items() if count > 1}
    reserved = {name.lower(): name for name in stripped if name in wanted}
    for place, name in enumerate(stripped, start=1):
        unique = name
        is_reserved = reserved.get(name.lower(), name) != name
        if not name or name in repeated or name.lower() in taken or is_reserved:
            unique = f"{name or 'column'} ({place})"
        while unique.lower() in taken:
            unique += "'"
        taken.add(unique.lower())
        names.append(unique)
    return names


def _refuse_nul(path: Path, header: Sequence[str]) -> None:
    if any("\0" in name for name in header):
        raise SourceError(
            f"{path} has a NUL in the names of its columns, expected text; where it is UTF-16, say"
            ' `encoding = "utf-16-le"`'
        )


def _nth(place: int) -> str:
    return "first line" if place == 0 else f"row {place + 1}"
