"""What several commands share: their options, the two consoles and the JSON document."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home

if TYPE_CHECKING:
    from orchestration.settings import Settings

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

DEFAULT_HOME = Path("var")

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        envvar="VORONKA_CONFIG",
        help="The company's config; the demo company without it.",
    ),
]
HomeOption = Annotated[
    Path, typer.Option("--home", envvar="VORONKA_HOME", help="The folder everything is written to.")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="The day to compute for, as 2026-11-22.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document; progress goes to stderr.")
]


def home_of(root: Path) -> Home:
    """The home whose folder an option names."""
    return Home(root.resolve())


def day_of(option: str, value: str) -> date:
    """The day that an option names. Raises ConfigError if it is no date."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ConfigError(f"{option} {value} is not a date, expected one like 2026-11-22") from None


def as_of_day(settings: "Settings", given: str | None) -> date:
    """The day to compute for: that of the option, else that of the config. Raises ConfigError if it
    has not begun."""
    now = datetime.now(UTC)
    as_of = settings.default_as_of(now) if given is None else day_of("--as-of", given)
    settings.refuse_future(as_of, now)
    return as_of


def print_json(document: Any) -> None:
    """Print the document on stdout; days and moments are written as ISO 8601."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))  # noqa: T201


def _plain(value: Any) -> float | str:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else str(value)
