"""Secrets that cannot be printed, and removal of private text from sentences."""

import os
import re

from orchestration.core.errors import ConfigError

_HIDDEN = "***"
# A shorter text is often an ordinary word and not a secret.
_SHORTEST = 6
_known: set[str] = set()

_PRIVATE = [
    re.compile(r"https?://\S+"),
    re.compile(r"[^\s@\"'<>:,]+@[^\s@\"'<>,]+"),
    # Phones: nine digits and more, however they are spaced.
    re.compile(r"\+?\d(?:[\s().\-]*\d){8,}"),
    # Tokens, keys, codes.
    re.compile(r"(?=[\w\-]*\d)[\w\-]{20,}"),
]


class Secret:
    """A value that only `reveal` returns, and that `scrub` removes from texts from then on."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        if len(value) >= _SHORTEST:
            _known.add(value)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


def read_secret(variable: str) -> Secret:
    """The secret in the environment variable that the config names; call it when it is used."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ConfigError(f"environment variable {variable} is not set, expected a secret")
    return Secret(value)


def scrub(text: str, longest: int = 200) -> str:
    """The text on one line without secrets, addresses, e-mails, phones or tokens, cut to length."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, _HIDDEN)
    for private in _PRIVATE:
        text = private.sub(_HIDDEN, text)
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[:longest]}…"
