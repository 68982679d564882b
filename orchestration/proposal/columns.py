"""How the values of a column of a file are read into a column of an entity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.core.entity import Column
from orchestration.proposal import reading, tables
from orchestration.proposal.tables import normal

NUMBERS = ("integer", "decimal", "money", "rate")
_TRUE_OR_FALSE = {"true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"}


@dataclass(frozen=True)
class Reading:
    """The values that the key of a column may have: one, or several with a `doubt`. `remark`: what
    a person should know of the one. `misfit`: a value that is not read so, which is written
    nowhere."""

    ways: list[Any]
    remark: str = ""
    doubt: str = ""
    misfit: str = ""


def reading_of(values: Sequence[str], header: str, column: Column) -> Reading:
    """How `values`, those of the first rows below `header`, are read. No value that the tables of
    words do not know gets into it."""
    if not values:
        is_written = column.type in ("date", "timestamp") or column.allowed
        return Reading([header], "the first rows have no value: check it" if is_written else "")
    if column.type in ("date", "timestamp"):
        return _of_time(values, header)
    if column.type in NUMBERS:
        if column.type == "integer" and (form := reading.duration(values)):
            return Reading([{"column": header, "format": form}], "its values are durations")
        if reading.styles(values):
            return Reading([header])
        if usual := reading.usual_numbers(values):
            return Reading([header], doubt="is no number", misfit=_other(values, usual))
        return Reading([header], doubt="its first values are no numbers: check the column")
    if column.type == "boolean":
        return _of_words(values, header, column, "boolean", ("true", "false"))
    if column.allowed:
        return _of_words(values, header, column, column.name, column.allowed)
    if column.name == "client_phone" and not any(reading.digits(one) >= 5 for one in values):
        return Reading([header], doubt="its first values are no phone numbers")
    return Reading([header])


def _of_time(values: Sequence[str], header: str) -> Reading:
    ways = reading.formats(values)
    usual = [] if ways else reading.usual_dates(values)
    written = [
        header if way == ["iso"] else {"column": header, "format": way if way[1:] else way[0]}
        for way in ways or (reading.formats(usual) if usual else [])
    ]
    if not written:
        return Reading(
            [header], doubt="its first values are no dates of a known format: add its `format`"
        )
    if len(written) > 1:
        return Reading(written, doubt="the day may come before the month or after it")
    if usual:
        return Reading(written, doubt="has another format", misfit=_other(values, usual))
    return Reading(written, "" if ways == [["iso"]] else "all first values have this format")


def _other(values: Sequence[str], usual: Sequence[str]) -> str:
    return next(value for value in values if value not in usual)


def _of_words(
    values: Sequence[str], header: str, column: Column, of: str, allowed: Sequence[str]
) -> Reading:
    known, seen = tables.values(of), {*values}
    is_boolean = of == "boolean" and {one.lower() for one in seen} <= _TRUE_OR_FALSE
    if is_boolean or seen <= {*allowed}:
        return Reading([header])
    meant = {value: known[normal(value)] for value in sorted(seen) if normal(value) in known}
    others = len(seen) - len(meant)
    if not meant:
        listed = ", ".join(allowed)
        return Reading([header], doubt=f"none of its first values is known, expected {listed}")
    way: dict[str, Any] = {"column": header, "values": meant}
    if column.name == "status":
        # A deal passes many stages before its end, and all of them are open.
        way["otherwise"] = "open"
        remark = "every other value is taken for an open deal"
        if lacking := [one for one in ("won", "lost") if one not in meant.values()]:
            remark += f"; no known word for {' or '.join(lacking)} was seen: add it to `values`"
        return Reading([way], remark)
    if others:
        remark = f"{others} other values were seen: add them, or their rows go to quarantine"
        return Reading([way], remark)
    return Reading([way], "its values are known words")
