"""What charts are made of: colours, axes and tooltips as Vega-Lite specifications.

A text like `t:leads` is a word of words.toml, which report.js puts into the chosen language; the
rows come from the block's dataset. Colours are those of Okabe and Ito, which colour-blind readers
tell apart; shape, text or position always says the same thing. Rows with `is_low_n` are grey, rows
with `is_preliminary` pale and dashed.
"""

from collections.abc import Sequence
from typing import Any

from orchestration.report.page import Spec

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#333333",
)
PALETTE = [BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, BLACK, "#F0E442", "#999999"]
GREY = "#9a9a9a"

FORMATS = {"count": ",.0f", "money": ",.0f", "share": ".0%", "ratio": ".2f", "hours": ",.0f"}


# Stands for the currency in the title of money: report.js writes the company's.
CURRENCY = "\u00a4"


def titled(word: str, format_: str) -> str:
    """The title of an axis or of a line of a tooltip."""
    return f"t:{word}{CURRENCY if format_ == 'money' else ''}"


def value(field: str, word: str, format_: str = "count", **more: Any) -> Spec:
    """A quantitative channel."""
    axis: Spec = {"format": FORMATS.get(format_, ",.1f"), "title": titled(word, format_)}
    if format_ == "count":
        axis["tickMinStep"] = 1
    return {"field": field, "type": "quantitative", "axis": axis, **more}


def label(field: str = "label", **more: Any) -> Spec:
    """A channel of names in the order of the rows."""
    return {"field": field, "type": "nominal", "sort": None, "axis": {"title": None}, **more}


def tooltip(*fields: tuple[str, str, str]) -> list[Spec]:
    """Tooltips of (field, word, format)."""
    return [
        {
            "field": field,
            "title": titled(word, format_),
            **(
                {"type": "nominal"}
                if format_ == "text"
                else {"type": "quantitative", "format": FORMATS.get(format_, ",.1f")}
            ),
        }
        for field, word, format_ in fields
    ]


def pale() -> Spec:
    """What marks preliminary periods: half the ink, and a dashed edge."""
    return {
        "fillOpacity": {"condition": {"test": "datum.is_preliminary", "value": 0.4}, "value": 1},
        "stroke": {"condition": {"test": "datum.is_preliminary", "value": BLACK}, "value": None},
        "strokeDash": {"value": [3, 3]},
    }


def coloured(colour: str) -> Spec:
    """One colour, grey where too few cases stand behind a row."""
    return {"condition": {"test": "datum.is_low_n", "value": GREY}, "value": colour}


def folded(fields: Sequence[tuple[str, str]]) -> list[Spec]:
    """Rows of `which` (a word) and `number` out of several fields."""
    expression = " : ".join(f"datum.series === '{field}' ? 't:{text}'" for field, text in fields)
    return [
        {"fold": [field for field, _ in fields], "as": ["series", "number"]},
        {"filter": "isValid(datum.number)"},
        {"calculate": f"{expression} : ''", "as": "which"},
        {"calculate": f"indexof({[field for field, _ in fields]}, datum.series)", "as": "place"},
    ]


def in_colours(colours: Sequence[str] = PALETTE) -> Spec:
    which = {"field": "which", "type": "nominal", "sort": None, "legend": {"title": None}}
    return {"color": {**which, "scale": {"range": [*colours]}}, "order": {"field": "place"}}
