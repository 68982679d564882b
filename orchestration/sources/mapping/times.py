"""Texts as dates, times and durations: SQL that reads a text, or gives NULL.

A format is a pattern of `strptime` or the name of one that has no pattern.
"""

import re
from collections.abc import Callable, Sequence

from orchestration.core import sql

# Seconds and milliseconds since 1970, told apart by length: both cover 1973 to 5138.
_EPOCHS = {"epoch": (r"\d{9,11}(?:\.\d+)?", 1), "epoch_ms": (r"\d{12,14}(?:\.\d+)?", 1000)}
NAMED_FORMATS = ("iso", *_EPOCHS)

_ISO_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
# An older date is misread, or a program's placeholder for no date.
_FIRST_DAY = "1900-01-01"

_DURATION_PARTS = {"%H": 3600, "%M": 60, "%S": 1}


def date(value: str, formats: Sequence[str]) -> str:
    """The text `value` as a date: ISO without a format."""
    return _sane(_read(value, formats, _date))


def moment(value: str, formats: Sequence[str]) -> str:
    """The text `value` as a timestamp with time zone. One without an offset is local to the zone of
    the session."""
    return _sane(_read(value, formats, _moment))


def seconds(value: str, formats: Sequence[str]) -> str:
    """The text `value` as whole seconds."""
    return _read(value, formats, _seconds)


def is_duration(pattern: str) -> bool:
    """Whether the format is one of durations: hours, minutes and seconds, the largest first."""
    parts = [part for part in re.findall("%-?.", pattern) if part != "%%"]
    return bool(parts) and parts == [part for part in _DURATION_PARTS if part in parts]


def _read(value: str, formats: Sequence[str], reader: Callable[[str, str], str]) -> str:
    """A text that two formats read differently gives NULL."""
    read = [reader(value, form) for form in formats or ["iso"]]
    if len(read) == 1:
        return read[0]
    found = f"list_distinct([{', '.join(read)}])"
    return f"case when len({found}) = 1 then {found}[1] end"


def _date(value: str, form: str) -> str:
    if form in _EPOCHS:
        return f"cast({_moment(value, form)} as date)"
    if form != "iso":
        return f"cast(try_strptime({value}, {sql.text(form)}) as date)"
    # A cast to a date reads the day and ignores the rest of the text.
    return f"""
        case
            when regexp_full_match({value}, {sql.text(_ISO_DAY)})
                or (regexp_matches({value}, {sql.text(f"^{_ISO_DAY}[ T]")})
                    and try_cast({value} as timestamptz) is not null)
                then try_cast({value} as date)
        end
    """


def _moment(value: str, form: str) -> str:
    if form in _EPOCHS:
        pattern, per_second = _EPOCHS[form]
        since = f"to_timestamp(try_cast({value} as double) / {per_second})"
        return f"case when regexp_full_match({value}, {sql.text(pattern)}) then {since} end"
    if form != "iso":
        return f"cast(try_strptime({value}, {sql.text(form)}) as timestamptz)"
    # A cast would also read `epoch`, and 8/1/26 as a day in the year 8.
    is_iso = f"regexp_matches({value}, {sql.text(f'^{_ISO_DAY}(?:[ T]|$)')})"
    return f"case when {is_iso} then try_cast({value} as timestamptz) end"


def _seconds(value: str, form: str) -> str:
    parts = [part for part in _DURATION_PARTS if part in form]
    pattern = re.escape(form.replace("%%", "%"))
    for place, part in enumerate(parts):
        # The largest unit may have any value: 90 minutes, 30 hours.
        pattern = pattern.replace(part, r"(\d+)" if place == 0 else r"([0-5]?\d)")
    total = " + ".join(
        f"try_cast(regexp_extract({value}, {sql.text(f'^{pattern}$')}, {place}) as bigint)"
        f" * {_DURATION_PARTS[part]}"
        for place, part in enumerate(parts, start=1)
    )
    return f"case when regexp_full_match({value}, {sql.text(pattern)}) then {total} end"


def _sane(value: str) -> str:
    return f"case when isfinite({value}) and {value} >= date '{_FIRST_DAY}' then {value} end"
