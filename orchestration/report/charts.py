"""The charts as Vega-Lite specifications. A text like `t:leads` is a word of words.toml, which
report.js puts into the chosen language; the rows come from the block's dataset.

Colours are those of Okabe and Ito, which colour-blind readers tell apart; shape, text or position
always says the same thing. Rows with `is_low_n` are grey, rows with `is_preliminary` are pale and
dashed.
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

_FORMATS = {"count": ",.0f", "money": ",.0f", "share": ".0%", "ratio": ".2f", "hours": ",.0f"}


def value(field: str, word: str, format_: str = "count", **more: Any) -> Spec:
    """A quantitative channel."""
    axis = {"format": _FORMATS.get(format_, ",.1f"), "title": f"t:{word}"}
    return {"field": field, "type": "quantitative", "axis": axis, **more}


def label(field: str = "label", **more: Any) -> Spec:
    """A channel of names in the order of the rows."""
    return {"field": field, "type": "nominal", "sort": None, "axis": {"title": None}, **more}


def tooltip(*fields: tuple[str, str, str]) -> list[Spec]:
    """Tooltips of (field, word, format)."""
    return [
        {
            "field": field,
            "title": f"t:{word}",
            **(
                {"type": "nominal"}
                if format_ == "text"
                else {"type": "quantitative", "format": _FORMATS.get(format_, ",.1f")}
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


def columns(field: str, word: str, format_: str = "count", colour: str = BLUE) -> Spec:
    """A column per period."""
    return {
        "mark": {"type": "bar"},
        "encoding": {
            "x": label(axis={"title": None, "labelAngle": -45, "labelOverlap": "greedy"}),
            "y": value(field, word, format_),
            "color": {"value": colour},
            "tooltip": tooltip(("label", "period", "text"), (field, word, format_)),
            **pale(),
        },
    }


def columns_and_ticks(
    field: str, word: str, mark: str, mark_word: str, format_: str = "money"
) -> Spec:
    """A column per period and a tick at its plan."""
    base = columns(field, word, format_)
    tick = {
        "mark": {"type": "tick", "thickness": 3, "color": VERMILLION, "size": 18},
        "encoding": {
            "x": base["encoding"]["x"],
            "y": value(mark, mark_word, format_),
            "tooltip": tooltip(("label", "period", "text"), (mark, mark_word, format_)),
        },
    }
    base["encoding"]["y"]["axis"]["title"] = f"t:{word}"
    tick["encoding"]["y"]["axis"]["title"] = f"t:{mark_word}"
    return {"layer": [base, tick]}


def lines(fields: Sequence[tuple[str, str]], title: str, format_: str = "count") -> Spec:
    """A line per field over the periods, told apart by colour and by the shape of its points."""
    names = [field for field, _ in fields]
    expression = " : ".join(f"datum.series === '{field}' ? 't:{word}'" for field, word in fields)
    series = {"field": "name", "type": "nominal", "sort": None, "legend": {"title": None}}
    return {
        "transform": [
            {"fold": names, "as": ["series", "number"]},
            {"filter": "isValid(datum.number)"},
            {"calculate": f"{expression} : ''", "as": "name"},
        ],
        "mark": {"type": "line", "point": {"size": 45, "filled": True}},
        "encoding": {
            "x": label(axis={"title": None, "labelAngle": -45, "labelOverlap": "greedy"}),
            "y": value("number", title, format_),
            "color": {**series, "scale": {"range": PALETTE}},
            "shape": series,
            "strokeDash": series,
            "tooltip": [
                *tooltip(("label", "period", "text"), ("name", "figure", "text")),
                *tooltip(("number", title, format_)),
            ],
        },
    }


def bars(name: str, field: str, word: str, format_: str = "count", colour: str = BLUE) -> Spec:
    """A bar per row, the name at its left and the figure at its end."""
    y = label(name, axis={"title": None, "labelLimit": 190})
    return {
        "height": {"step": 24},
        "layer": [
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "y": y,
                    "x": value(field, word, format_),
                    "color": coloured(colour),
                    "tooltip": tooltip((name, "name", "text"), (field, word, format_)),
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {
                    "y": y,
                    "x": value(field, word, format_),
                    "text": {
                        "field": field,
                        "type": "quantitative",
                        "format": _FORMATS.get(format_, ",.1f"),
                    },
                },
            },
        ],
    }


def intervals(
    name: str, field: str, low: str, high: str, word: str, format_: str = "share"
) -> Spec:
    """A point per row with its interval."""
    y = label(name, axis={"title": None, "labelLimit": 190})
    return {
        "height": {"step": 24},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.55},
                "encoding": {
                    "y": y,
                    "x": value(low, word, format_),
                    "x2": {"field": high},
                    "color": coloured(BLUE),
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {
                    "y": y,
                    "x": value(field, word, format_),
                    "color": coloured(BLUE),
                    "tooltip": tooltip(
                        (name, "name", "text"),
                        (field, word, format_),
                        (low, "low", format_),
                        (high, "high", format_),
                    ),
                },
            },
        ],
    }


def pairs(name: str, fields: Sequence[tuple[str, str]], word: str, format_: str = "share") -> Spec:
    """Two or more points per row, side by side on one line: a dumbbell."""
    names = [field for field, _ in fields]
    expression = " : ".join(f"datum.series === '{field}' ? 't:{text}'" for field, text in fields)
    y = label(name, axis={"title": None, "labelLimit": 190})
    series = {"field": "which", "type": "nominal", "sort": None, "legend": {"title": None}}
    return {
        "height": {"step": 24},
        "transform": [
            {"fold": names, "as": ["series", "number"]},
            {"filter": "isValid(datum.number)"},
            {"calculate": f"{expression} : ''", "as": "which"},
        ],
        "layer": [
            {
                "mark": {"type": "line", "color": GREY, "strokeWidth": 2},
                "encoding": {
                    "y": y,
                    "x": value("number", word, format_),
                    "detail": {"field": name},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {
                    "y": y,
                    "x": value("number", word, format_),
                    "color": {**series, "scale": {"range": PALETTE}},
                    "shape": series,
                    "opacity": {
                        "condition": {"test": "datum.is_low_n", "value": 0.35},
                        "value": 1,
                    },
                    "tooltip": [
                        *tooltip((name, "name", "text"), ("which", "figure", "text")),
                        *tooltip(("number", word, format_)),
                    ],
                },
            },
        ],
    }


def groups(
    name: str, series: str, field: str, word: str, format_: str = "money", stacked: bool = False
) -> Spec:
    """Bars per row and series, stacked or one under the other."""
    colour = {"field": series, "type": "nominal", "title": None, "sort": None}
    encoding: Spec = {
        "y": label(name, axis={"title": None, "labelLimit": 190}),
        "x": value(field, word, format_),
        "color": {**colour, "scale": {"range": PALETTE}},
        "tooltip": tooltip(
            (name, "name", "text"), (series, "figure", "text"), (field, word, format_)
        ),
    }
    if not stacked:
        encoding["yOffset"] = {"field": series, "type": "nominal", "sort": None}
    step = 26 if stacked else {"for": "offset", "step": 9}
    return {
        "height": {"step": step} if stacked else {"step": 9, "for": "offset"},
        "mark": {"type": "bar"},
        "encoding": encoding,
    }


def heatmap(
    x: str, y: str, field: str, word: str, format_: str = "share", domain: Sequence[float] = ()
) -> Spec:
    """A cell per pair, darker with the value, with a frame where it is missing."""
    scale: Spec = {"scheme": "blues"} if not domain else {"scheme": "blues", "domain": [*domain]}
    return {
        "height": {"step": 18},
        "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
        "encoding": {
            "x": label(x, axis={"title": None, "labelAngle": -45, "labelOverlap": "greedy"}),
            "y": label(y, axis={"title": None, "labelLimit": 190}),
            "color": {
                "field": field,
                "type": "quantitative",
                "title": f"t:{word}",
                "scale": scale,
                "legend": {"format": _FORMATS.get(format_, ",.1f")},
            },
            "tooltip": tooltip((y, "name", "text"), (x, "period", "text"), (field, word, format_)),
        },
    }
