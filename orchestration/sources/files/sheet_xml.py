"""Counts the rows of a sheet from its XML, and finds formulas without a value.

The second opinion on what openpyxl reads, which drops rows whose numbers repeat and takes a formula
that was never computed for an empty cell.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from orchestration.core.errors import SourceError

_MOST_BYTES = 4 << 30
_DTD_WITHIN = 1 << 16


@dataclass
class SheetRows:
    """The rows below row `header` of a sheet that hold something in their first `width` columns:
    how many there are, and `uncomputed`, the places (row, column) of formulas without a value."""

    header: int
    width: int
    rows: int = 0
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    _row: int = 0
    _column: int = 0
    _kind: str = ""
    _text: str = ""
    _has_formula: bool = False
    _has_text: bool = False
    _is_filled: bool = False

    def read(self, path: Path, part: str) -> "SheetRows":
        """Count the part of the workbook that holds the sheet."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        with ZipFile(path) as book, book.open(part) as xml:
            parser.ParseFile(xml)
        return self

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._row = int(float(attributes.get("r", self._row + 1)))
                self._column, self._is_filled = 0, False
            case "c":
                given = attributes.get("r")
                self._column = _column(given) if given else self._column + 1
                self._kind = attributes.get("t", "n")
                self._text, self._has_formula, self._has_text = "", False, False
            case "f":
                self._has_formula = True
                self._text = ""
            case "v":
                self._text = ""
            case "is":
                self._has_text = True

    def _characters(self, text: str) -> None:
        self._text += text

    def _end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "f":
                self._text = ""
            case "v":
                self._has_text = self._has_text or bool(self._text)
            case "c" if self._column <= self.width:
                # A formula may have an empty text as its value.
                if self._has_formula and not self._has_text and self._kind != "str":
                    self.uncomputed.add((self._row, self._column))
                    self._has_text = True
                self._is_filled = self._is_filled or self._has_text
            case "row":
                self.rows += self._is_filled and self._row > self.header


def refuse_bombs(path: Path) -> None:
    """Raises SourceError if the workbook is not an archive, would unpack to more than any sheet
    holds, or declares XML entities, which no spreadsheet program does."""
    try:
        with ZipFile(path) as book:
            size = sum(part.file_size for part in book.infolist())
            if size > _MOST_BYTES:
                raise SourceError(
                    f"{path} unpacks to {size:,} bytes, expected at most {_MOST_BYTES:,}"
                )
            for part in book.infolist():
                if part.filename.endswith((".xml", ".rels")):
                    with book.open(part) as xml:
                        if b"<!DOCTYPE" in xml.read(_DTD_WITHIN):
                            raise SourceError(
                                f"{path} cannot be read as xlsx: it declares a document type"
                            )
    except BadZipFile as error:
        raise SourceError(f"{path} cannot be read as xlsx: {error}") from None


def _column(reference: str) -> int:
    """The number of the column of a reference such as `AB12`."""
    number = 0
    for letter in re.sub(r"^\$?([A-Za-z]*).*", r"\1", reference, flags=re.DOTALL).upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
