"""Text files as UTF-8, the only encoding that DuckDB reads without an extension."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from orchestration.core.errors import SourceError

_CHUNK_BYTES = 1 << 22
_GZIP = b"\x1f\x8b"
# What files that are no text begin with.
_NO_TEXT = {
    b"PK\x03\x04": 'a zip archive or a spreadsheet: unpack it, or say `format = "xlsx"`',
    b"\xd0\xcf\x11\xe0": "an old Excel file: open it and save it as xlsx or csv",
    b"PAR1": 'a Parquet file: say `format = "parquet"`',
}
# UTF-32 first: its byte order mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def unpacked(path: Path, scratch: Path) -> Path:
    """`path` itself, or its content if it is compressed with gzip, whatever its name.

    Raises SourceError if the compressed file is damaged or truncated.
    """
    with path.open("rb") as file:
        if file.read(len(_GZIP)) != _GZIP:
            return path
    copy = scratch / "unpacked"
    try:
        with gzip.open(path) as source, copy.open("wb") as target:
            while chunk := source.read(_CHUNK_BYTES):
                target.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{path} is a damaged gzip file: {error}") from None
    return copy


def as_utf8(path: Path, file: Path, encoding: str | None, scratch: Path) -> Path:
    """`file` itself if it is UTF-8, otherwise a UTF-8 copy in `scratch`. `path`: its name in
    errors.

    The encoding is that of a byte order mark, else that of the config, else UTF-8. Reads in chunks:
    the file may be larger than memory. Raises SourceError if the bytes are not valid in that
    encoding.
    """
    with file.open("rb") as opened:
        start = opened.read(_CHUNK_BYTES)
    for mark, what in _NO_TEXT.items():
        if start.startswith(mark):
            raise SourceError(f"{path} is no text but {what}")
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    name = codecs.lookup(marked or encoding or "utf-8").name
    if not name.startswith("utf") and _is_utf8(start):
        raise SourceError(f"{path} is UTF-8 text, but the config says its encoding is {encoding}")
    texts = _texts(path, file, name)
    if name == "utf-8":
        for _ in texts:
            pass
        return file
    copy = scratch / "utf8"
    with copy.open("w", encoding="utf-8", newline="") as target:
        try:
            target.writelines(texts)
        except UnicodeEncodeError:
            raise SourceError(f"{path} is not {name} text: a surrogate has no other half") from None
    return copy


def _texts(path: Path, file: Path, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)()
    with file.open("rb") as opened:
        while True:
            chunk = opened.read(_CHUNK_BYTES)
            offset = opened.tell() - len(chunk) - len(decoder.getstate()[0])
            try:
                yield decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise SourceError(
                    f"{path} is not {name} text: byte {error.start + offset} is "
                    f"0x{error.object[error.start]:02x}; set its `encoding`, for instance cp1251"
                ) from None
            except UnicodeError as error:
                raise SourceError(f"{path} is not {name} text: {error}") from None
            if not chunk:
                return


def _is_utf8(start: bytes) -> bool:
    """Whether it has letters whose bytes are typical of UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return not start.isascii()
