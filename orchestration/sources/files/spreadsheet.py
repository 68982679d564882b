"""Excel sheets as text columns. A sheet holds at most a million rows, so Python may read it."""

import datetime
from pathlib import Path
from zipfile import BadZipFile

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from orchestration.errors import ConfigError, SourceError


def read_sheet(path: Path, sheet: str | None, decimal: str) -> tuple[list[str], pa.Table]:
    """The header and the rows of a sheet (the first one unless named), with `_row` as the last
    column. Numbers have the `decimal` sign of the mapping, dates are ISO. Empty rows are skipped.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError) as error:
        raise SourceError(f"{path} cannot be read as xlsx: {error}") from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            found = ", ".join(book.sheetnames)
            raise ConfigError(f"{path} has no sheet `{sheet}`, it has: {found}")
        rows = (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True)
        header = [_text(cell, decimal) or "" for cell in next(rows, ())]
        if not any(header):
            raise SourceError(f"{path} has an empty first row, expected the names of its columns")
        numbered = [
            (*(_text(cell, decimal) for cell in row), number)
            for number, row in enumerate(rows, start=2)
            if any(cell is not None for cell in row)
        ]
    finally:
        book.close()
    types = [*[pa.string()] * len(header), pa.int64()]
    columns = list(zip(*numbered, strict=True)) or [()] * len(types)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    return header, pa.table(arrays, names=[str(place) for place in range(len(types))])


def _text(cell: object, decimal: str) -> str | None:
    match cell:
        case None:
            return None
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer():
            return str(int(cell))
        case float():
            return str(cell).replace(".", decimal)
        case datetime.datetime():
            return cell.isoformat(sep=" ")
        case _:
            return str(cell)
