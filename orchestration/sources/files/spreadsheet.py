"""Excel sheets as text columns. A sheet holds at most a million rows, so Python may read it."""

import datetime
import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from orchestration.core.errors import ConfigError, SourceError, VoronkaError
from orchestration.sources.files.config import FileMapping
from orchestration.sources.files.header import column_names, header_place, rows_looked_at
from orchestration.sources.files.sheet_xml import SheetRows, refuse_bombs

_BATCH_ROWS = 50_000
_MOST_ROWS = 1_048_576
# Excel keeps 15 digits: further digits of a larger number are not those that were typed.
_MOST_WHOLE = 10**15


@dataclass(frozen=True)
class Sheet:
    """The rows below the header as texts, with `_row` and `_unread` as the last columns; `held`:
    how many there are by the XML of the sheet; `numbers`: the columns with numbers that are not
    whole."""

    columns: list[str]
    cells: pa.Table
    held: int
    numbers: frozenset[str]


def read_sheet(path: Path, file: Path, mapping: FileMapping) -> Sheet:
    """The sheet of the mapping (the first one unless named) in the workbook `file`; `path`: the
    name it goes by in errors. Numbers have the `decimal` sign of the mapping, dates are ISO, an
    error such as `#N/A` is no value. Empty rows are skipped."""
    refuse_bombs(file)
    try:
        with warnings.catch_warnings():
            # Warnings about parts of a workbook other than cells, such as conditional formatting.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                return _read(path, file, _sheet(path, book, mapping.sheet), mapping)
            finally:
                book.close()
    except (VoronkaError, OSError):
        raise
    # A damaged workbook may raise any error.
    except Exception as error:
        raise SourceError(
            f"{path} cannot be read as xlsx: it is damaged ({type(error).__name__})"
        ) from None


def _sheet(path: Path, book: openpyxl.Workbook, name: str | None) -> ReadOnlyWorksheet:
    if name is None and not book.worksheets:
        raise SourceError(f"{path} has no sheet with cells")
    if name is not None and name not in book.sheetnames:
        raise ConfigError(f"{path} has no sheet `{name}`, it has: {', '.join(book.sheetnames)}")
    sheet = book[name] if name is not None else book.worksheets[0]
    if not isinstance(sheet, ReadOnlyWorksheet):
        raise ConfigError(f"{path}: sheet `{name}` is a chart, expected one with cells")
    # The declared size of a sheet is often wrong; the rows are counted instead.
    sheet.reset_dimensions()
    return sheet


def _read(path: Path, file: Path, sheet: ReadOnlyWorksheet, mapping: FileMapping) -> Sheet:
    rows = enumerate(sheet.iter_rows(), start=1)
    first = [
        (number, [cell_text(cell, mapping.decimal) or "" for cell in row])
        for number, row in itertools.islice(rows, rows_looked_at(mapping))
    ]
    place = header_place(path, mapping, [texts for _, texts in first] or [[]])
    header = first[place][1]
    while not header[-1].strip():
        header.pop()
    columns = column_names(path, header, mapping.file_columns)
    counted = SheetRows(place + 1, len(columns)).read(file, sheet._worksheet_path)
    types = [pa.string()] * (len(columns) + 2)
    types[-2] = pa.int64()
    names = [*columns, "_row", "_unread"]
    schema = pa.schema(list(zip(names, types, strict=True)))
    again = itertools.islice(enumerate(sheet.iter_rows(), start=1), place + 1, None)
    numbers: set[str] = set()
    records = _records(path, again, columns, counted, mapping, numbers)
    batches = [
        pa.RecordBatch.from_arrays(
            [
                pa.array(cells, kind)
                for cells, kind in zip(zip(*batch, strict=True), types, strict=True)
            ],
            schema=schema,
        )
        for batch in iter(lambda: list(itertools.islice(records, _BATCH_ROWS)), [])
    ]
    cells = pa.Table.from_batches(batches, schema)
    return Sheet(columns, cells, counted.rows, frozenset(numbers))


def _records(
    path: Path,
    rows: Iterator[tuple[int, tuple[Any, ...]]],
    columns: list[str],
    counted: SheetRows,
    mapping: FileMapping,
    numbers: set[str],
) -> Iterator[tuple[Any, ...]]:
    """The rows that are not empty; columns with fractional numbers are added to `numbers`."""
    width = len(columns)
    for number, row in rows:
        if number > _MOST_ROWS:
            raise SourceError(f"{path} has a row {number:,}, expected at most {_MOST_ROWS:,}")
        cells = row[:width]
        missing = (
            [column for column in range(1, width + 1) if (number, column) in counted.uncomputed]
            if counted.uncomputed
            else []
        )
        if missing or any(cell.value is not None for cell in cells):
            texts = [cell_text(cell, mapping.decimal) for cell in cells]
            numbers.update(
                column
                for column, cell in zip(columns, cells, strict=False)
                if type(cell.value) is float and not cell.value.is_integer()
            )
            texts += [None] * (width - len(texts))
            yield (*texts, number, _unread(columns, number, missing, mapping))


def _unread(
    columns: list[str], number: int, missing: list[int], mapping: FileMapping
) -> str | None:
    """The reason why a row cannot be read if formulas in requested columns have no value."""
    for column in missing:
        # A query may read any column.
        if mapping.query or columns[column - 1] in mapping.file_columns:
            place = f"{get_column_letter(column)}{number}"
            return (
                f"column `{columns[column - 1]}`, cell {place}, holds a formula without a value:"
                " open the file in a spreadsheet program and save it"
            )
    return None


def cell_text(cell: Any, decimal: str) -> str | None:
    """The text of a cell, with the sign `decimal` in its number; None: no value, or an error."""
    if cell.data_type == "e":
        return None
    match cell.value:
        case None:
            return None
        case bool() as value:
            return str(value).lower()
        case float() as value if value.is_integer() and abs(value) < _MOST_WHOLE:
            return str(int(value))
        case float() as value:
            return str(value).replace(".", decimal)
        case datetime.datetime() as value:
            return value.isoformat(sep=" ")
        case datetime.timedelta() as value:
            return _clock(value)
        case value:
            return str(value)


def _clock(duration: datetime.timedelta) -> str:
    """A duration as the cell shows it, 26:05:00 for a day and two hours and five minutes."""
    seconds = round(duration.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
