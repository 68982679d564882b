"""How values are written in a language. report.js writes them the same way."""

import re
from datetime import date
from typing import Any

from orchestration.report.words import word, words

NONE = "—"
_THIN = "\u202f"
_MINUS = "\u2212"
# Checks of which each mart has its own, and what they have in common.
_FAMILIES = ((r"_equals?_", "check.totals"), (r"_in_base$", "check.in_base"))
_MARKS = {"green": "✓", "yellow": "!", "red": "✗", "none": "·"}


def shown(value: Any, format_: str, language: str) -> str:
    """A value as text; a dash is unknown, never 0. `format_`: see `page.Column`."""
    if value is None or value == "":
        return NONE
    if format_.startswith("word:"):
        return word(f"{format_.removeprefix('word:')}.{value}", language, str(value))
    match format_:
        case "share" | "change":
            sign = "+" if format_ == "change" and value > 0 else ""
            digits = 0 if abs(value) >= 0.1 or value == 0 else 1
            return f"{sign}{_number(100 * value, digits, language)}{_THIN}%"
        case "percent":
            return f"{_number(value, 1, language)}{_THIN}%"
        case "count" | "money":
            return _number(value, 0, language)
        case "ratio":
            return _number(value, 2, language)
        case "number" | "minutes" | "days" | "hours":
            return _number(value, 0 if abs(value) >= 100 or value == round(value) else 1, language)
        case "date":
            return day(value, language)
        case "checks":
            return "; ".join(check(one, language) for one in re.split(", ?", value))
        case "mark":
            return word("yes", language) if value else ""
        case "colour":
            return f"{_MARKS[value]} {word(f'colour.{value}', language)}"
    return str(value)


def check(name: str, language: str) -> str:
    """A check such as `fresh:calls` in words: what it is about, and what is wrong. A check without
    a word is its name."""
    check_id, _, entity = name.partition(":")
    key = f"check.{check_id}"
    for pattern, family in _FAMILIES:
        if key not in words() and re.search(pattern, check_id):
            key = family
    text = word(key, language, check_id)
    return f"{word(f'entity.{entity}', language, entity)}: {text}" if entity else text


def sentence(row: dict[str, Any], field: str, language: str) -> str:
    """A sentence of a row; a sign of per cent stays with its number."""
    return str(row[f"{field}_{language}"] or "").replace(" %", f"{_THIN}%")


def of_unit(unit: str) -> str:
    """The format of a unit of dim_kpi."""
    return {"share": "share", "ratio": "ratio", "base_currency": "money"}.get(unit, "number")


def day(iso: str, language: str) -> str:
    """30.06.2026 in Russian, 30 Jun 2026 in English."""
    when = date.fromisoformat(iso[:10])
    if language == "ru":
        return f"{when:%d.%m.%Y}"
    return f"{when.day} {_month(when, language)[:3]} {when.year}"


def period(grain: str, iso: str, language: str) -> str:
    """The name of a period: a day, the week from a day, a month, a quarter."""
    when = date.fromisoformat(iso[:10])
    if grain == "month":
        return f"{_month(when, language)} {when.year}"
    if grain == "quarter":
        return f"{word('quarter_short', language)}{(when.month + 2) // 3} {when.year}"
    prefix = word("week_from", language) + " " if grain == "week" else ""
    return prefix + day(iso, language)


def interval(low: Any, high: Any, format_: str, language: str) -> str:
    """An interval in brackets."""
    bounds = [shown(bound, format_, language) for bound in (low, high)]
    return "(" + "\u2060\u2013\u2060".join(bounds) + ")"


def _month(when: date, language: str) -> str:
    return word("months", language).split()[when.month - 1]


def _number(value: float, digits: int, language: str) -> str:
    text = f"{value:,.{digits}f}"
    if text.strip("-0.,") == "":
        text = text.lstrip("-")
    if language == "ru":
        text = text.replace(",", _THIN).replace(".", ",")
    return text.replace("-", _MINUS)
