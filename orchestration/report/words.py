"""The words of the report in both languages: words.toml."""

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("ru", "en")


@cache
def words() -> dict[str, dict[str, str]]:
    """Each word by key and language."""
    text = (files("orchestration.report") / "words.toml").read_text(encoding="utf-8")
    return {key: dict(pair) for key, pair in tomllib.loads(text).items()}


def word(key: str, language: str, default: str | None = None) -> str:
    """The word of a key. `default` stands for a value that no list has; without it, KeyError."""
    if default is not None and key not in words():
        return default
    return words()[key][language]
