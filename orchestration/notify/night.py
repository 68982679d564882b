"""Tells people of a night that ended, as the section `notify` of the config says."""

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path

from orchestration.core.errors import VoronkaError
from orchestration.core.files import write_whole
from orchestration.core.home import Home
from orchestration.notify.messages import alert, digest, failure, new_findings
from orchestration.notify.send import Message, send
from orchestration.publish import publications
from orchestration.settings import Settings

# Ids of findings that were told, so that a month tells each once.
_KEPT = 1000


def published_digest(settings: Settings, home: Home) -> Message:
    """The digest of what is published now."""
    business = settings.business
    return digest(_marts(home), business.name, business.base_currency, settings.notify.language)


def tell_digest(settings: Settings, home: Home, variable: str) -> int:
    """Send the digest with the report; return how many addresses were reached.

    Raises ConfigError or SourceError as `send`.
    """
    report = home.published / "report" / "index.html"
    attached = report if settings.notify.attach_report and report.is_file() else None
    return send(published_digest(settings, home), variable, attached)


def tell_published(settings: Settings, home: Home) -> list[str]:
    """Tell the digest and the new findings of a night that was published, where the config names
    somebody; return the sentence of each message that could not be sent."""
    variables, problems = settings.notify.variables, []
    if variable := variables.get("digest"):
        try:
            tell_digest(settings, home, variable)
        except VoronkaError as error:
            problems.append(f"the digest was not sent: {error}")
    if variable := variables.get("finding"):
        try:
            _tell_findings(settings, home, variable)
        except VoronkaError as error:
            problems.append(f"the new findings were not sent: {error}")
    return problems


def tell_failure(
    settings: Settings,
    home: Home,
    day: date | str,
    sentences: Iterable[str],
    is_published: bool = False,
) -> list[str]:
    """Tell of a night that published nothing, where the config names somebody; return the sentence
    of the message if it could not be sent. `is_published`: only a server did not take the marts."""
    if not (variable := settings.notify.variables.get("failure")):
        return []
    current = next((one for one in publications(home) if one.is_current), None)
    business, language = settings.business, settings.notify.language
    try:
        told = failure(sentences, business.name, day, current, language, is_published)
        send(told, variable)
    except VoronkaError as error:
        return [f"nobody was told of the failure: {error}"]
    return []


def _tell_findings(settings: Settings, home: Home, variable: str) -> None:
    file = home.state / "told_findings.json"
    told: list[str] = []
    with suppress(FileNotFoundError, ValueError):
        told = json.loads(file.read_text(encoding="utf-8"))
    language = settings.notify.language
    day, new = new_findings(_marts(home), language, told)
    if new:
        send(alert(new.values(), settings.business.name, day, language), variable)
        write_whole(file, json.dumps([*told, *new][-_KEPT:]))


def _marts(home: Home) -> Path:
    return home.published / "marts.duckdb"
