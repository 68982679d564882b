"""Macros that differ by database, as sqlfluff sees them: a call of a function of that name."""

from collections.abc import Callable


def dispatch(name: str, package: str) -> Callable[..., str]:
    return lambda *arguments: f"{name}({', '.join(map(str, arguments))})"
