"""Reads a text in pieces that end at line ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from orchestration.core.errors import SourceError

_PIECE_BYTES = 1 << 22
LONGEST_LINE = 10_000_000


def pieces(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """The rest of the file in pieces that end at line ends; `path`: its name in errors. Raises
    SourceError for a line that is too long for a row of a table."""
    kept = b""
    while chunk := file.read(_PIECE_BYTES):
        kept += chunk
        # A carriage return at the very end may be the first half of a line end.
        cut = kept.rfind(b"\n") + 1 or kept.rfind(b"\r", 0, -1) + 1
        if not cut and len(kept) > LONGEST_LINE:
            raise SourceError(f"{path} has a line of more than {LONGEST_LINE:,} bytes")
        if cut:
            yield kept[:cut]
            kept = kept[cut:]
    if kept:
        yield kept
