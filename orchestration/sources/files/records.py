"""Counts the records of a delimited text from its quotes and line ends alone.

The second opinion on what DuckDB's reader delivers: another algorithm, in numpy, so that a row that
one of them loses is missed by the other. Reads a piece at a time; no Python per row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from orchestration.core.errors import SourceError
from orchestration.sources.files.pieces import LONGEST_LINE, pieces

_LF, _CR, _SPACE, _TAB = b"\n\r \t"
_BLANK_KEPT = 1_000
# With fewer columns, ordinary text in one cell may look like rows of the table.
_FEWEST_COLUMNS = 4


@dataclass
class Records:
    """The count of one text. `columns`: those of its header. `quote` is empty where a quote is a
    character like any other. `first_line`: the number of the line that the text begins with.

    `rows`: records that hold anything, the header among them. `numbered`: all but empty lines.
    `blank`: the numbers of the empty lines, the first of them only. `has_long_values`: line ends
    stand within quotes. `is_regular`: all quotes stand where a value begins or ends. `ends_open`:
    the last record has no line end.
    """

    path: Path
    delimiter: str
    quote: str
    columns: int
    first_line: int = 1
    rows: int = 0
    numbered: int = 0
    blank: list[int] = field(default_factory=list)
    has_long_values: bool = False
    is_regular: bool = True
    ends_open: bool = False
    line_ends: set[str] = field(default_factory=set)
    _inside: bool = False
    _opened: int = 0
    _lines: int = 0
    _records: int = 0

    def __post_init__(self) -> None:
        mark, quote = re.escape(self.delimiter), re.escape(self.quote)
        cell = f" *(?:{quote} *{quote} *)?" if quote else " *"
        # One extra delimiter at the end is common, more are an error.
        self._empty = re.compile(f"{cell}(?:{mark}{cell}){{0,{self.columns}}}\r?".encode())

    def read(self, file: BinaryIO) -> "Records":
        """Count the text from where `file` stands to its end; SourceError for a quote that is not
        closed where a value ends."""
        for piece in pieces(file, self.path):
            self.add(piece)
        if self._inside:
            raise self._unclosed("is never closed")
        return self

    def normalised(self, file: BinaryIO) -> Iterator[bytes]:
        """The same text with `\\n` for every line end outside quotes."""
        for piece in pieces(file, self.path):
            _, _, ends, followed = self._line_ends(piece)
            data = np.frombuffer(piece, np.uint8).copy()
            data[ends] = _LF
            # The `\r` of `\r\n` is dropped, the `\n` stays.
            yield np.delete(data, followed - 1).tobytes()

    def add(self, piece: bytes) -> None:
        """Count a piece, which ends where a line ends or where the text does."""
        was_inside = self._inside
        data, all_ends, ends, followed = self._line_ends(piece)
        if len(all_ends) != len(ends):
            self.has_long_values = True
            self._refuse_swallowed_rows(data, all_ends, ends)
        self._note_line_ends(data, ends, followed)
        starts = np.concatenate(([0], ends + 1))
        stops = np.concatenate((ends, [len(data)]))
        self.ends_open = bool(starts[-1] < len(data))
        if not self.ends_open or self._inside:
            # The text after the last line end is empty, or continues in the next piece.
            starts, stops = starts[:-1], stops[:-1]
        self.rows += len(starts) - self._count_empty(piece, data, starts, stops, was_inside)
        self._note_blank(data, starts, stops)
        self._lines += len(all_ends)

    def _line_ends(self, piece: bytes) -> tuple[np.ndarray, ...]:
        """The bytes, the places of all line ends, of those outside quotes, and of those of them
        that a carriage return precedes."""
        data = np.frombuffer(piece, np.uint8)
        ends = np.flatnonzero(data == _LF)
        if b"\r" in piece:
            returns = np.flatnonzero(data == _CR)
            alone = returns[data[np.minimum(returns + 1, len(data) - 1)] != _LF]
            if len(alone):
                ends = np.sort(np.concatenate((ends, alone)))
        outside = ends[~self._inside_quotes(piece, data, ends)]
        is_second = (outside > 0) & (data[outside] == _LF) & (data[outside - 1] == _CR)
        return data, ends, outside, outside[is_second]

    def _inside_quotes(self, piece: bytes, data: np.ndarray, places: np.ndarray) -> np.ndarray:
        if not self.quote:
            return np.zeros(len(places), bool)
        quotes = np.flatnonzero(data == ord(self.quote))
        if len(quotes) and not self._is_regular(data, quotes):
            self.is_regular = False
            quotes = self._turns(piece, quotes.tolist())
        inside: np.ndarray = (np.searchsorted(quotes, places) + self._inside) % 2 == 1
        now_inside = bool((len(quotes) + self._inside) % 2)
        if now_inside and len(quotes):
            self._opened = self._line_of(piece, int(quotes[-1]))
        self._inside = now_inside
        return inside

    def _is_regular(self, data: np.ndarray, quotes: np.ndarray) -> bool:
        """Whether each quote stands where a value begins or ends, or is one of a doubled pair."""
        beside = np.zeros(256, bool)
        beside[[ord(self.delimiter), _LF, _CR, ord(self.quote)]] = True
        before = beside[data[quotes - 1]] | (quotes == 0)
        after = beside[data[np.minimum(quotes + 1, len(data) - 1)]]
        after |= quotes == len(data) - 1
        opens = (np.arange(len(quotes)) + self._inside) % 2 == 0
        return bool(np.where(opens, before, after).all())

    def _turns(self, piece: bytes, quotes: list[int]) -> np.ndarray:
        """The quotes that open or close a value, where some are neither. One by one: few pieces
        of few files come here."""
        ends = (self.delimiter.encode(), b"\n", b"\r", b"")
        turns, inside, opened, skipped = [], self._inside, -1, -1
        for quote in quotes:
            if quote <= skipped:
                continue
            if not inside:
                before = piece[max(0, quote - LONGEST_LINE) : quote].rstrip(b" ")[-1:]
                if before in ends:
                    turns.append(quote)
                    inside, opened = True, quote
                continue
            if piece[quote + 1 : quote + 2] == self.quote.encode():
                skipped = quote + 1
                continue
            if piece[quote + 1 : quote + LONGEST_LINE].lstrip(b" ")[:1] not in ends:
                if opened < 0 or re.search(rb"[\r\n]", piece[opened:quote]):
                    if opened >= 0:
                        self._opened = self._line_of(piece, opened)
                    line = self._line_of(piece, quote)
                    raise self._unclosed(f"is followed by another in line {line}, within a value")
                # A bad line, which the reader rejects; the next line is read normally.
                skipped = _first_line_end(piece, quote)
            turns.append(quote)
            inside = False
        return np.array(turns, np.int64)

    def _refuse_swallowed_rows(
        self, data: np.ndarray, all_ends: np.ndarray, ends: np.ndarray
    ) -> None:
        """Raises SourceError if a value of several lines contains text that looks like rows of the
        table: two unclosed quotes in two rows make one value of all text between them."""
        if self.columns < _FEWEST_COLUMNS or not len(all_ends):
            return
        marks = np.flatnonzero(data == ord(self.delimiter))
        counted = np.diff(np.searchsorted(marks, all_ends), prepend=0)
        is_row = counted == self.columns - 1
        # Lines of one record share a number.
        record = np.searchsorted(ends, all_ends)
        firsts = np.flatnonzero(np.diff(record, prepend=-1))
        all_rows = np.logical_and.reduceat(is_row, firsts)
        lines = np.diff(np.append(firsts, len(record)))
        is_closed = np.ones(len(lines), bool)
        is_closed[-1] = not self._inside
        swallowed = np.flatnonzero(all_rows & (lines > 1) & is_closed)
        if len(swallowed):
            first = self.first_line + self._lines + int(firsts[swallowed[0]])
            last = first + int(lines[swallowed[0]]) - 1
            raise SourceError(
                f"{self.path}: lines {first} to {last} look like rows but lie within one pair of"
                f" quotes, expected the quote of line {first} to be closed there{self._advice}"
            )

    def _note_line_ends(self, data: np.ndarray, ends: np.ndarray, followed: np.ndarray) -> None:
        alone = int((data[ends] == _CR).sum()) if len(ends) else 0
        self.line_ends.update(
            name
            for name, count in (
                ("\r\n", len(followed)),
                ("\r", alone),
                ("\n", len(ends) - len(followed) - alone),
            )
            if count
        )

    def _note_blank(self, data: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> None:
        lengths = stops - starts
        is_blank = (lengths == 0) | ((lengths == 1) & (data[stops - 1] == _CR))
        blank = np.flatnonzero(is_blank)
        room = _BLANK_KEPT - len(self.blank)
        self.blank += (blank[:room] + self.first_line + self._records).tolist()
        self.numbered += len(starts) - len(blank)
        self._records += len(starts)

    def _count_empty(
        self,
        piece: bytes,
        data: np.ndarray,
        starts: np.ndarray,
        stops: np.ndarray,
        was_inside: bool,
    ) -> int:
        """How many of these records hold nothing but delimiters, spaces and empty quotes."""
        if not len(starts):
            return 0
        may_be = np.zeros(256, bool)
        may_be[[ord(self.delimiter), _LF, _CR, _SPACE, _TAB]] = True
        if self.quote:
            may_be[ord(self.quote)] = True
        first = data[np.minimum(starts, len(data) - 1)]
        places = np.flatnonzero(may_be[first])
        is_empty = self._empty.fullmatch
        return sum(
            1
            for place in places.tolist()
            if not (was_inside and place == 0) and is_empty(piece, starts[place], stops[place])
        )

    def _line_of(self, piece: bytes, place: int) -> int:
        before = piece[:place]
        ends = before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
        return self.first_line + self._lines + ends

    def _unclosed(self, found: str) -> SourceError:
        return SourceError(
            f"{self.path}: the quote that opens in line {self._opened} {found}, expected it to be"
            f" closed where its value ends{self._advice}"
        )

    @property
    def _advice(self) -> str:
        return ': correct the line, or say `quote = ""` if quotes are plain characters there'


def _first_line_end(piece: bytes, start: int) -> int:
    found = re.compile(rb"[\r\n]").search(piece, start)
    return found.start() if found else len(piece)
