"""Text files as UTF-8, the only encoding that DuckDB reads without an extension."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from orchestration.core.errors import SourceError

_CHUNK_BYTES = 1 << 22
_GZIP = b"\x1f\x8b"
# The mark of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def unpacked(path: Path, scratch: Path) -> Path:
    """`path` itself, or what it holds where it is compressed with gzip, whatever its name.

    SourceError where the compressed file is damaged or ends too early.
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
    """`file` itself where it is UTF-8, else a copy of it in `scratch` that is. `path`: the name it
    goes by in errors.

    A byte order mark decides, then the config, else it has to be UTF-8. Read in chunks: the file
    may be larger than memory. SourceError where the bytes are no text of that encoding.
    """
    with file.open("rb") as opened:
        start = opened.read(_CHUNK_BYTES)
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
            raise SourceError(f"{path} is not {name} text: half of a pair stands alone") from None
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
                    f"0x{error.object[error.start]:02x}; say its `encoding`, cp1251 for instance"
                ) from None
            except UnicodeError as error:
                raise SourceError(f"{path} is not {name} text: {error}") from None
            if not chunk:
                return


def _is_utf8(start: bytes) -> bool:
    """Whether it holds letters that only UTF-8 would encode like this."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return not start.isascii()
