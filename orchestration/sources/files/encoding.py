"""Text files as UTF-8, the only encoding that DuckDB reads without an extension."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from orchestration.errors import SourceError

_CHUNK_BYTES = 1 << 22
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def as_utf8(path: Path, encoding: str | None, spill: Path) -> Path:
    """`path` itself where it is UTF-8, else a copy of it in `spill` that is.

    A byte order mark decides, then the config, else it has to be UTF-8. Read in chunks: the file
    may be larger than memory. SourceError where the bytes are no text of that encoding.
    """
    with path.open("rb") as file:
        start = file.read(_CHUNK_BYTES)
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    name = codecs.lookup(marked or encoding or "utf-8").name
    if not name.startswith("utf") and _is_utf8(start):
        raise SourceError(f"{path} is UTF-8 text, but the config says its encoding is {encoding}")
    texts = _texts(path, name)
    if name == "utf-8":
        for _ in texts:
            pass
        return path
    spill.mkdir(parents=True, exist_ok=True)
    copy = spill / f"{path.name}.utf8"
    with copy.open("w", encoding="utf-8", newline="") as target:
        target.writelines(texts)
    return copy


def _texts(path: Path, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)()
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            offset = file.tell() - len(chunk) - len(decoder.getstate()[0])
            try:
                yield decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise SourceError(
                    f"{path} is no {name} text: byte {error.start + offset} is "
                    f"0x{error.object[error.start]:02x}; say its `encoding`, cp1251 for instance"
                ) from None
            if not chunk:
                return


def _is_utf8(start: bytes) -> bool:
    """Whether it holds letters that only UTF-8 would encode like this."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return not start.isascii()
