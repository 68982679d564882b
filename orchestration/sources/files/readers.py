"""Files as SQL relations of text columns: DuckDB reads them, Python never sees a row.

Every relation has the columns of the file as text, `_row` (the row in the file: a header is row 1)
and `_unread` (why a line could not be read, else NULL).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.core.errors import SourceError
from orchestration.sources.files.config import FileMapping
from orchestration.sources.files.delimited import read_delimited
from orchestration.sources.files.encoding import as_utf8, unpacked
from orchestration.sources.files.objects import read_objects
from orchestration.sources.files.parquet import read_parquet
from orchestration.sources.mapping.reading import TextTable

_FORMATS = {
    "tsv": "tsv",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "parquet": "parquet",
}


def open_file(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: FileMapping, scratch: Path
) -> TextTable:
    """Open the file at `path`. Raises SourceError if it cannot be read in its format. Copies of it,
    if it has to be unpacked or transcoded, go to `scratch`."""
    kind = file_format(path, mapping)
    with read_errors(path, kind):
        if path.stat().st_size == 0:
            raise SourceError(f"{path} is empty, expected a {kind} file with data")
        file = unpacked(path, scratch)
        match kind:
            case "csv" | "tsv":
                text = as_utf8(path, file, mapping.encoding, scratch)
                return read_delimited(path, text, mapping, kind, scratch)
            case "json" | "jsonl":
                text = as_utf8(path, file, mapping.encoding, scratch)
                return read_objects(connection, path, text, mapping, kind)
            case "parquet":
                return read_parquet(connection, path, file, mapping)
            case _:
                return _spreadsheet(connection, path, file, mapping)


@contextmanager
def read_errors(path: Path, kind: str) -> Iterator[None]:
    """Turns errors of the libraries about an unreadable file into one sentence without values."""
    try:
        yield
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or _reason(error)}") from None
    except UnicodeError:
        raise SourceError(
            f"{path} cannot be read as {kind}: it contains text that is not UTF-8"
        ) from None
    except (duckdb.Error, pa.ArrowException) as error:
        raise SourceError(f"{path} cannot be read as {kind}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """The message of a library up to its first quote, which may contain a value."""
    said = re.sub(r'file "[^"]*"', "the file", str(error))
    return re.split("[\\n\"'`]", said)[0].strip(" :")


def file_format(path: Path, mapping: FileMapping) -> str:
    """The format of the config, else that of the suffix (before `.gz`); CSV for an unknown
    suffix."""
    suffixes = [suffix.lower().removeprefix(".") for suffix in path.suffixes]
    if suffixes[-1:] == ["gz"]:
        suffixes.pop()
    return mapping.format or _FORMATS.get(suffixes[-1] if suffixes else "", "csv")


def _spreadsheet(
    connection: duckdb.DuckDBPyConnection, path: Path, file: Path, mapping: FileMapping
) -> TextTable:
    # openpyxl is slow to import.
    from orchestration.sources.files.spreadsheet import read_sheet

    sheet = read_sheet(path, file, mapping)
    connection.register("sheet", sheet.cells)
    connection.execute("create or replace temp table spreadsheet as from sheet")
    connection.unregister("sheet")
    return TextTable(sheet.columns, "from spreadsheet", held=sheet.held, numbers=sheet.numbers)
