"""How dates, durations and numbers of a sample are written, where there is one way to read them."""

import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

_DAYS = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y")
_SHORT_DAYS = ("%d/%m/%y", "%m/%d/%y", "%Y.%m.%d", "%Y%m%d", "%y%m%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", ", %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_FORMATS = tuple(day + clock for day in (*_DAYS, *_SHORT_DAYS) for clock in _CLOCKS)
_NAMED = {
    "iso": r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
    r"(?:Z| ?[+-]\d{2}:?\d{2})?)?",
    "epoch": r"\d{9,11}(?:\.\d+)?",
    "epoch_ms": r"\d{12,14}",
}
_DURATIONS = {"%H:%M:%S": r"\d+:[0-5]?\d:[0-5]?\d", "%M:%S": r"\d+:[0-5]?\d"}

_SPACES = " \u00a0\u202f\u2009'\u2019"
_UNITS = ("₽", "руб.", "руб", "р.", "$", "€", "%")
# Decimal sign and sign of thousands.
Style = tuple[str, str | None]
STYLES: tuple[Style, ...] = ((".", None), (",", None), (".", ","), (",", "."))


def formats(values: Iterable[str]) -> list[list[str]]:
    """The ways in which all values are read as dates or times: each is a list of formats. None: the
    values are something else. More than one: the same text has two meanings."""
    texts = {*values}
    found = {
        form: read
        for form in (*_NAMED, *_FORMATS)
        if (read := {text: _read(text, form) for text in texts if _fits(text, form)})
    }
    alone = [form for form, read in found.items() if len(read) == len(texts)]
    ways = [[form] for form in alone] or [
        list(pair)
        for pair in itertools.combinations(found, 2)
        if found[pair[0]].keys() | found[pair[1]].keys() == texts
        and all(found[pair[0]].get(text, one) == one for text, one in found[pair[1]].items())
    ]
    # Ways that read every text alike are one.
    different = {
        tuple(sorted((text, found[form][text]) for form in way for text in found[form])): way
        for way in reversed(ways)
    }
    return [*different.values()][::-1]


def usual_dates(values: Sequence[str]) -> list[str]:
    """The values that the format of most of them reads; none, if it is not that of more than
    half."""
    texts = {*values}
    reads = ({text for text in texts if _fits(text, form)} for form in (*_NAMED, *_FORMATS))
    return _most(values, reads)


def usual_numbers(values: Sequence[str]) -> list[str]:
    """The values that the style of most of them reads as numbers; none, if it is not that of more
    than half."""
    reads = ({text for text in values if _number(text, style) is not None} for style in STYLES)
    return _most(values, reads)


def _most(values: Sequence[str], reads: Iterable[set[str]]) -> list[str]:
    each = ([value for value in values if value in known] for known in reads)
    most = max(each, key=len)
    return most if len(most) * 2 > len(values) else []


def _fits(text: str, form: str) -> bool:
    try:
        return bool(re.fullmatch(_NAMED[form], text)) if form in _NAMED else bool(_read(text, form))
    except ValueError:
        return False


def _read(text: str, form: str) -> str:
    """The meaning of a text; raises ValueError if it has another format."""
    return text if form in _NAMED else f"{datetime.strptime(text, form)}"


def digits(text: str) -> int:
    """The number of digits of a text."""
    return sum(sign.isdigit() for sign in text)


def duration(values: Iterable[str]) -> str | None:
    """The format of durations that are not whole seconds."""
    texts = [*values]
    for form, pattern in _DURATIONS.items():
        if texts and all(re.fullmatch(pattern, text) for text in texts):
            return form
    return None


def units(values: Iterable[str]) -> list[str]:
    """The known units that stand beside numbers; those of other values are not looked for."""
    texts = [*values]
    return [unit for unit in _UNITS if any(_is_beside(unit, text) for text in texts)]


def _is_beside(unit: str, text: str) -> bool:
    bare = text.removeprefix(unit) if text.startswith(unit) else text.removesuffix(unit)
    return bare != text and bool(re.search(r"\d\s*$|^\s*[-+\u2212]?\d", bare))


def styles(values: Sequence[str]) -> list[Style]:
    """The styles that read all values as numbers, one for each meaning."""
    meanings: dict[tuple[str | None, ...], Style] = {}
    for style in STYLES:
        read = tuple(_number(value, style) for value in values)
        if None not in read:
            meanings.setdefault(read, style)
    return [*meanings.values()]


def _number(text: str, style: Style) -> str | None:
    """The number as Python writes it; None: the text is no number in this style."""
    decimal, thousands = style
    for unit in _UNITS:
        text = text.removeprefix(unit).removesuffix(unit)
    sign = f"[{re.escape(thousands)}]" if thousands else f"[{_SPACES}]"
    digits = rf"(?:\d+|[1-9]\d{{0,2}}(?:{sign}\d{{3}})+)"
    exponent = r"(?:[eE][+-]?\d+)?"
    pattern = rf"[-+\u2212]?{digits}(?:{re.escape(decimal)}\d+)?{exponent}"
    if not re.fullmatch(pattern, text.strip()):
        return None
    plain = re.sub(sign, "", text.strip()).replace("\u2212", "-")
    return plain.replace(decimal, ".")
