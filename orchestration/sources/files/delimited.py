"""CSV and TSV files as a relation: DuckDB reads them, `records` counts the expected rows."""

import csv
import io
import itertools
import re
from pathlib import Path

from orchestration.core import sql
from orchestration.core.errors import SourceError
from orchestration.sources.files.config import FileMapping
from orchestration.sources.files.header import column_names, header_place, rows_looked_at
from orchestration.sources.files.pieces import LONGEST_LINE
from orchestration.sources.files.records import Records
from orchestration.sources.mapping.reading import TextTable

_DELIMITERS = ",;\t|"
_HEAD_BYTES = 1 << 20
# A text that no cell contains: an empty cell is not NULL, a missing cell is.
_NOT_THERE = "\x01\x02"


def read_delimited(
    path: Path, text: Path, mapping: FileMapping, kind: str, scratch: Path
) -> TextTable:
    """The delimited UTF-8 file `text` as a relation; `path`: its name in errors."""
    head = _Head(path, text, mapping, kind)
    columns = column_names(path, head.names, mapping.file_columns)
    counted = Records(path, head.delimiter, mapping.quote, len(columns), head.row)
    with text.open("rb") as file:
        file.seek(head.offset)
        counted.read(file)
        if head.offset or len(counted.line_ends) > 1:
            text = _normalised(file, head.offset, counted, scratch)
            counted.line_ends = {"\n"}
    skipped = ", ".join(f"({number})" for number in counted.blank)
    malformed = f"""
        select
            line + {head.row - 1} as _row,
            'the line is malformed: ' || lower(cast(any_value(error_type) as varchar)) || ', '
            || any_value(error_message) as _unread
        from reject_errors
        group by line
    """
    relation = _relation(text, mapping, head, columns, counted)
    return TextTable(
        columns,
        relation,
        # The text of the line is not kept: it may hold personal data.
        malformed,
        held=counted.rows - 1,
        skipped=f"select * from (values {skipped}) as blank (_row)" if skipped else None,
    )


class _Head:
    """The header: its `row` (the first is 1), `offset` in bytes and `names`, and the `delimiter`. A
    first line `sep=;`, which Excel reads and writes, is not a row."""

    def __init__(self, path: Path, text: Path, mapping: FileMapping, kind: str) -> None:
        self._path, self._mapping, self._kind = path, mapping, kind
        with text.open("rb") as file:
            start = file.read(_HEAD_BYTES).decode("utf-8", errors="ignore")
        start, self._declared, offset = _separator_line(start)
        looked_at = rows_looked_at(mapping)
        # Unlike splitlines, which also splits at characters that are text here.
        lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", start)[:looked_at]
        starts = [0, *itertools.accumulate(len(line) for line in lines)]
        rows = [self._cells_or_none(line) for line in lines]
        if mapping.header_row != "find" and mapping.header_row <= len(rows):
            place = mapping.header_row - 1
            # A column name may span several lines.
            rows[place] = self._cells(start[starts[place] :], self._delimiter(lines[place]))
        place = header_place(path, mapping, rows or [[]])
        self.row = place + 1
        self.delimiter = self._delimiter(lines[place])
        self.names = self._cells(start[starts[place] :], self.delimiter)
        self.offset = offset + len(start[: starts[place]].encode())

    def _delimiter(self, line: str) -> str:
        if self._mapping.delimiter or self._declared:
            return self._mapping.delimiter or self._declared
        if self._kind == "tsv":
            return "\t"
        quote = re.escape(self._mapping.quote)
        outside = re.sub(f"{quote}[^{quote}]*{quote}", "", line) if quote else line
        return max(_DELIMITERS, key=outside.count)

    def _cells_or_none(self, line: str) -> list[str]:
        """The cells of a line; an unreadable line does not matter here, as it may not be the
        header."""
        try:
            return self._cells(line)
        except SourceError:
            return []

    def _cells(self, text: str, delimiter: str = "") -> list[str]:
        """The cells of the first record of a text."""
        quote = self._mapping.quote
        try:
            return next(
                csv.reader(
                    io.StringIO(text, newline=""),
                    delimiter=delimiter or self._delimiter(text),
                    quotechar=quote or None,
                    quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
                    skipinitialspace=True,
                ),
                [],
            )
        except (csv.Error, TypeError, ValueError) as error:
            raise SourceError(f"{self._path} has no header that can be read: {error}") from None


def _separator_line(start: str) -> tuple[str, str, int]:
    """The text after a first line `sep=;`, the delimiter it names, and the offset of the text."""
    found = re.match(r'"?sep=([^\r\n])"?[^\S\r\n]*(?:\r\n|\r|\n)', start, flags=re.IGNORECASE)
    if not found:
        return start, "", 0
    return start[found.end() :], found[1], len(found[0].encode())


def _normalised(file: io.BufferedReader, offset: int, counted: Records, scratch: Path) -> Path:
    """A copy that starts at the header, with one kind of line end."""
    copy = scratch / "normalised"
    file.seek(offset)
    again = Records(counted.path, counted.delimiter, counted.quote, counted.columns)
    with copy.open("wb") as target:
        target.writelines(again.normalised(file))
    return copy


def _relation(
    text: Path, mapping: FileMapping, head: _Head, columns: list[str], counted: Records
) -> str:
    types = ", ".join(f"{sql.text(column)}: 'VARCHAR'" for column in columns)
    texts = ", ".join(f"nullif({sql.name(name)}, '') as {sql.name(name)}" for name in columns)
    filled = ", ".join(f"nullif(trim({sql.name(name)}), '')" for name in columns)
    line_end = repr(next(iter(counted.line_ends), "\n"))
    is_short = f"{sql.name(columns[-1])} is null"
    # DuckDB does not pad short rows in several threads if quoted values contain line ends.
    is_parallel = counted.is_regular and not counted.has_long_values
    unread = "cast(null as varchar)"
    if mapping.short_rows == "refuse":
        unread = f"case when {is_short} then 'the line has fewer cells than the header' end"
    elif counted.ends_open:
        unread = (
            f"case when {is_short} and _row = {counted.numbered + head.row - 1} then 'the last"
            " line has fewer cells than the header and no line end: the file may be cut off' end"
        )
    return f"""
        select {texts}, _row, {unread} as _unread
        from (
            select *, row_number() over () + {head.row} as _row
            from read_csv(
                {sql.file(text)}, auto_detect = false, header = true, columns = {{{types}}},
                delim = {sql.text(head.delimiter)}, quote = {sql.text(mapping.quote)},
                escape = {sql.text(mapping.quote)}, new_line = {line_end},
                nullstr = {sql.text(_NOT_THERE)}, null_padding = true,
                parallel = {is_parallel}, compression = 'none', hive_partitioning = false,
                store_rejects = true, rejects_limit = 0, max_line_size = {LONGEST_LINE}
            )
        )
        where coalesce({filled}) is not null
    """
