"""Errors for the user: one sentence each, and the exit status that goes with it.

A message names the file, column, key or variable, what was found and what was expected.
It never holds a secret or a client's phone, e-mail or name.
"""

import difflib
import re
from collections.abc import Iterable, Sequence


class VoronkaError(Exception):
    """Base of every expected failure; `exit_status` is what the command line returns."""

    exit_status = 1

    def __str__(self) -> str:
        """The sentence in one line: a file or column name may contain line ends."""
        return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", super().__str__())


class AuditRefusedError(VoronkaError):
    """A gate or a test of a model found the data wrong: nothing is published."""

    exit_status = 1


class ConfigError(VoronkaError):
    """The config, the command line or the home folder is wrong."""

    exit_status = 2


class SourceError(VoronkaError):
    """A source could not deliver, also after its retries."""

    exit_status = 3


class ServerError(VoronkaError):
    """A server of the config did not take the marts, which are published as files."""

    exit_status = 4


def first_of(errors: Sequence[Exception]) -> Exception:
    """The first of several errors, with the others as its notes."""
    first, *others = errors
    for other in others:
        first.add_note(f"{other}")
    return first


def guess(name: str, known: Iterable[str]) -> str:
    """`, did you mean ...?` if a known name is close, else an empty text."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean `{near[0]}`?" if near else ""
