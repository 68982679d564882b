"""The header, the first and the last rows of a file, as texts; how much is read depends on no
size. A workbook is read row by row from its start, so its last rows are seen in small ones only."""

import csv
import gzip
import io
import itertools
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.core.errors import SourceError

ROWS = 200
# Totals stand in the last rows.
LAST_ROWS = 3
_HEAD_BYTES = 1 << 18
_TAIL_BYTES = 1 << 14
_MOST_SHEET_ROWS = 5_000
_LOOKED_AT = 30
_DELIMITERS = ",;\t|"
_GZIP = b"\x1f\x8b"
_TEXTS = {".csv", ".tsv", ".txt"}
_OBJECTS = {".json", ".jsonl", ".ndjson"}
_SHEETS = {".xlsx", ".xlsm"}
SUFFIXES = _TEXTS | _OBJECTS | _SHEETS | {".parquet"}
# What stands in a header of no file: a number, a date, a phone, an address.
_VALUE = re.compile(r"[+(]?\d[\d\s().,:/+-]*|\S+@\S+\.\S+")


@dataclass(frozen=True)
class Sample:
    """The names of the columns, at most ROWS rows below them and the LAST_ROWS of the file; `""` is
    no value. `reading`: the keys of a mapping without which the file is not read so; `notes`: why.
    `numbers`: of the rows in the file, where they are known; 0: one of the last rows."""

    path: Path
    columns: list[str]
    rows: list[list[str]]
    reading: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    numbers: Sequence[int] = ()

    def values(self, column: str) -> list[str]:
        """The values of a column that are there."""
        place = self.columns.index(column)
        return [row[place] for row in self.rows if place < len(row) and row[place]]

    def row_of(self, column: str, value: str) -> str:
        """Which is the first row that has the value in the column."""
        place = self.columns.index(column)
        at = next(at for at, row in enumerate(self.rows) if row[place : place + 1] == [value])
        return called(self.numbers[at] if self.numbers else at + 1)


def called(number: int) -> str:
    """The row of that number in a sentence."""
    return f"row {number}" if number else "one of the last rows"


def suffix(path: Path) -> str:
    """The suffix that says the format: that before `.gz`."""
    suffixes = [one.lower() for one in path.suffixes]
    return next((one for one in reversed(suffixes) if one != ".gz"), "")


def samples(path: Path) -> list[Sample]:
    """The sample of a file, or of each sheet of a workbook that has a table. Raises SourceError if
    it cannot be read or has no header; the sentence shows no value."""
    try:
        kind = suffix(path)
        if kind in _SHEETS:
            return _of_workbook(path)
        if kind == ".parquet":
            return [_of_parquet(path)]
        return [_of_objects(path) if kind in _OBJECTS else _of_text(path)]
    except (SourceError, OSError):
        raise
    # A damaged file may raise any error of its library.
    except Exception as error:
        raise SourceError(f"it cannot be read: it is damaged ({type(error).__name__})") from None


def _of_text(path: Path) -> Sample:
    text, encoding, is_cut = _head(path)
    reading: dict[str, Any] = {} if encoding is None else {"encoding": encoding}
    notes = [] if encoding is None else ["the text is not UTF-8: check the letters"]
    declared = re.match(r'"?sep=([^\r\n])"?\s*?(?:\r\n|\r|\n)', text, flags=re.IGNORECASE)
    if declared:
        text = text[declared.end() :]
    lines = text.splitlines()[:_LOOKED_AT]
    sign = declared[1] if declared else _delimiter(path, lines)
    rows = list(csv.reader(io.StringIO(text), delimiter=sign))
    place = _header(rows)
    usual = "\t" if suffix(path) == ".tsv" else max(_DELIMITERS, key=_bare(lines[place]).count)
    if not declared and sign != usual:
        reading["delimiter"] = sign
    last: list[list[str]] = []
    if is_cut:
        rows, last = rows[: place + 1 + ROWS], _last_rows(path, encoding, sign)
    return _sample(path, rows, place, reading, notes, last)


def _last_rows(path: Path, encoding: str | None, sign: str) -> list[list[str]]:
    """The last rows of a text file that is longer than its head; none if they cannot be read."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
        file.seek(-_TAIL_BYTES, io.SEEK_END)
        end = file.read()
    # The first line may be cut.
    _, _, lines = end.partition(b"\n")
    try:
        text = lines.decode(encoding or "utf-8")
    except UnicodeError:
        return []
    if is_packed or "\0" in text:
        return []
    return list(csv.reader(io.StringIO(text), delimiter=sign))[-LAST_ROWS:]


def _head(path: Path) -> tuple[str, str | None, bool]:
    """The first lines of a text file, its encoding (None: one that is found without a key), and
    whether more follow."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    with gzip.open(path) if is_packed else path.open("rb") as file:
        start: bytes = file.read(_HEAD_BYTES)
        is_cut = bool(file.read(1))
    if not start.strip():
        raise SourceError("it is empty")
    marked = start.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    tried = ["utf-8-sig", "utf-16"] if marked else ["utf-8", "cp1251"]
    if not marked and b"\0" in start[:100]:
        tried = ["utf-16-le" if start[1:2] == b"\0" else "utf-16-be"]
    for encoding in tried:
        # The last character may be cut.
        for end in (0, 1, 2, 3) if is_cut else (0,):
            try:
                text = start[: len(start) - end].decode(encoding)
            except UnicodeError:
                continue
            if is_cut:
                text = text[: text.rfind("\n") + 1] or text
            return text, None if marked or encoding == "utf-8" else encoding, is_cut
    raise SourceError("its text is in an encoding that is not known")


def _delimiter(path: Path, lines: list[str]) -> str:
    """The sign that parts most lines into the same number of cells."""
    if suffix(path) == ".tsv":
        return "\t"
    counts = {sign: Counter(_bare(line).count(sign) for line in lines) for sign in _DELIMITERS}
    steady = {
        sign: max((lines, cells) for cells, lines in found.items() if cells)
        for sign, found in counts.items()
        if any(found)
    }
    return max(steady, key=lambda sign: steady[sign]) if steady else ","


def _bare(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _header(rows: list[list[str]]) -> int:
    """The place of the first row that is as wide as most rows."""
    looked_at = rows[:_LOOKED_AT]
    widths = Counter(_width(row) for row in looked_at if any(row))
    if not widths:
        raise SourceError("it has no row with a value")
    # A row of data may lack its last cells: the usual width is that of its widest rows.
    usual = max(width for width, count in widths.items() if count == max(widths.values()))
    return next(place for place, row in enumerate(looked_at) if _width(row) >= usual)


def _width(row: list[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell.strip()), default=0)


def _sample(
    path: Path,
    rows: list[list[str]],
    place: int,
    reading: dict[str, Any],
    notes: list[str],
    last: Sequence[list[str]] = (),
) -> Sample:
    """`last`: rows of the file that are not among `rows`."""
    header = [cell.strip() for cell in rows[place][: _width(rows[place])]]
    if any(_VALUE.fullmatch(name) for name in header):
        raise SourceError(
            f"its row {place + 1} has values where the names of the columns are expected: add a"
            " header"
        )
    if place:
        reading = reading | {"header_row": place + 1}
        notes = [*notes, f"the lines above row {place + 1} are no part of the table"]
    if any(not name for name in header) or len({*header}) < len(header):
        notes = [*notes, "columns without a name or with the name of another one are left out"]
    once = Counter(header)
    kept = [at for at, name in enumerate(header) if name and once[name] == 1]
    numbered = list(enumerate(rows[place + 1 :], start=place + 2))
    numbered = numbered[:ROWS] + (numbered[ROWS:] + [(0, row) for row in last])[-LAST_ROWS:]
    below = [
        (number, [row[at].strip() if at < len(row) else "" for at in kept])
        for number, row in numbered
        if any(cell.strip() for cell in row)
    ]
    columns = [header[at] for at in kept]
    texts, numbers = [row for _, row in below], [number for number, _ in below]
    return Sample(path, columns, texts, reading, notes, numbers)


def _of_objects(path: Path) -> Sample:
    text, encoding, _ = _head(path)
    found = list(itertools.islice(_objects(text), ROWS))
    if not found:
        raise SourceError("it has no JSON object")
    columns = list(dict.fromkeys(key for one in found for key in one))
    rows = [[_text(one.get(column)) for column in columns] for one in found]
    return Sample(path, columns, rows, {} if encoding is None else {"encoding": encoding})


def _objects(text: str) -> Iterable[dict[str, Any]]:
    decoder, place = json.JSONDecoder(), 0
    while found := re.compile(r"[\s,\[]*(?=\{)").match(text, place):
        try:
            one, place = decoder.raw_decode(text, found.end())
        except ValueError:
            return
        yield one


def _of_parquet(path: Path) -> Sample:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        batch = next(file.iter_batches(batch_size=ROWS), None)
        columns = file.schema_arrow.names
    records = batch.to_pylist() if batch is not None else []
    return Sample(path, columns, [[_text(one[name]) for name in columns] for one in records])


def _of_workbook(path: Path) -> list[Sample]:
    import openpyxl

    from orchestration.sources.files.sheet_xml import refuse_bombs
    from orchestration.sources.files.spreadsheet import cell_text

    refuse_bombs(path)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            for number, sheet in enumerate(book.worksheets):
                sheet.reset_dimensions()
                cells = itertools.islice(sheet.iter_rows(), _MOST_SHEET_ROWS)
                rows = [[cell_text(cell, ".") or "" for cell in row] for row in cells]
                if not any(any(row) for row in rows):
                    continue
                reading = {"sheet": sheet.title} if number else {}
                found.append(_sample(path, rows, _header(rows), reading, []))
        finally:
            book.close()
    if not found:
        raise SourceError("no sheet of it has a table")
    return found


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case list():
            return ";".join(map(_text, value))
        case _:
            return str(value).strip()
