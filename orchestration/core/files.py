"""Writing files that a crash or a reader must never meet half-written."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write `text` beside `path`, whose folder is made if needed, and rename it to `path`."""
    path.parent.mkdir(exist_ok=True)
    aside = path.with_suffix(".new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
