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
    """A line per field over the periods, told apart by colour, shape and dash."""
    spec = series("label", "which", "number", title, format_)
    return {**spec, "transform": _folded(fields)}


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


def intervals(name: str, field: str, low: str, high: str, word: str) -> Spec:
    """A share per row with its interval."""
    format_ = "share"
    y = label(name, axis={"title": None, "labelLimit": 260})
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
    y = label(name, axis={"title": None, "labelLimit": 190})
    which = {"field": "which", "type": "nominal", "sort": None, "legend": {"title": None}}
    return {
        "height": {"step": 24},
        "transform": _folded(fields),
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
                    "color": {**which, "scale": {"range": PALETTE}},
                    "shape": which,
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


def strip(name: str, series: str, field: str, word: str, format_: str = "money") -> Spec:
    """A point per row and series on one line, told apart by colour and shape."""
    which = {"field": series, "type": "nominal", "sort": None, "legend": {"title": None}}
    y = label(name, axis={"title": None, "labelLimit": 190, "grid": True})
    return {
        "height": {"step": 30},
        "layer": [
            {
                "mark": {"type": "line", "color": GREY},
                "encoding": {"y": y, "x": value(field, word, format_), "detail": {"field": name}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 0.9},
                "encoding": {
                    "y": y,
                    "x": value(field, word, format_),
                    "color": {**which, "scale": {"range": PALETTE}},
                    "shape": which,
                    "tooltip": tooltip(
                        (name, "name", "text"), (series, "figure", "text"), (field, word, format_)
                    ),
                },
            },
        ],
    }


def stacked(
    name: str, fields: Sequence[tuple[str, str]], word: str, format_: str = "count"
) -> Spec:
    """A bar per row, made of several fields; what is below 0 goes to the left."""
    return {
        "height": {"step": 26},
        "transform": _folded(fields),
        "mark": {"type": "bar"},
        "encoding": {
            "y": label(name, axis={"title": None, "labelLimit": 190}),
            "x": value("number", word, format_),
            **_in_colours(),
            "tooltip": [
                *tooltip((name, "name", "text"), ("which", "figure", "text")),
                *tooltip(("number", word, format_)),
            ],
        },
    }


def stacked_columns(
    x: str, fields: Sequence[tuple[str, str]], word: str, format_: str = "count"
) -> Spec:
    """A column per row, made of several fields."""
    return {
        "transform": _folded(fields),
        "mark": {"type": "bar"},
        "encoding": {
            "x": label(x, axis={"title": None, "labelAngle": -45, "labelOverlap": "greedy"}),
            "y": value("number", word, format_),
            **_in_colours(),
            "opacity": {"condition": {"test": "datum.is_preliminary", "value": 0.5}, "value": 1},
            "tooltip": [
                *tooltip((x, "period", "text"), ("which", "figure", "text")),
                *tooltip(("number", word, format_)),
            ],
        },
    }


def series(
    x: str, name: str, field: str, word: str, format_: str = "share", zero: bool = True
) -> Spec:
    """A line over the periods per name, told apart by colour, shape and dash."""
    which = {"field": name, "type": "nominal", "sort": None, "legend": {"title": None}}
    shared = {
        "x": label(x, axis={"title": None, "labelAngle": -45, "labelOverlap": "greedy"}),
        "y": value(field, word, format_, scale={"zero": zero}),
    }
    # The legend is that of the points: colour and shape in one.
    line = {
        **shared,
        "stroke": {**which, "scale": {"range": PALETTE}, "legend": None},
        "strokeDash": {**which, "legend": None},
    }
    point = {
        **shared,
        "color": {**which, "scale": {"range": PALETTE}},
        "shape": which,
        "tooltip": tooltip((name, "name", "text"), (x, "period", "text"), (field, word, format_)),
    }
    return {
        "transform": [{"filter": f"isValid(datum.{field})"}],
        "layer": [
            {"mark": {"type": "line"}, "encoding": line},
            {"mark": {"type": "point", "filled": True, "size": 45}, "encoding": point},
        ],
    }


def cells(x: str, y: str, field: str, word: str, format_: str = "share") -> Spec:
    """A cell per pair, darker with the value, which also stands in it."""
    shared = {
        "x": label(x, axis={"title": "t:months_since", "labelAngle": 0}),
        "y": label(y, axis={"title": None, "labelLimit": 190}),
    }
    return {
        "height": {"step": 22},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
                "encoding": {
                    **shared,
                    "color": {
                        "field": field,
                        "type": "quantitative",
                        "scale": {"range": ["#f1f7fb", "#7db5dc"]},
                        "legend": None,
                    },
                    "tooltip": tooltip(
                        (y, "period", "text"), (x, "months_since", "text"), (field, word, format_)
                    ),
                },
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    **shared,
                    "text": {"field": field, "type": "quantitative", "format": ".0%"},
                },
            },
        ],
    }


def states(x: str, y: str, field: str, word: str) -> Spec:
    """A cell per day and name: pale where the share is whole, orange with a figure if not."""
    shared = {
        "x": label(x, axis={"title": None, "labelAngle": -45, "labelOverlap": "greedy"}),
        "y": label(y, axis={"title": None, "labelLimit": 230}),
    }
    return {
        "height": {"step": 17},
        "transform": [
            {"calculate": f"isValid(datum.{field}) && datum.{field} < 1", "as": "is_lacking"}
        ],
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
                "encoding": {
                    **shared,
                    "color": {
                        "condition": [
                            {"test": "datum.is_lacking", "value": ORANGE},
                            {"test": f"!isValid(datum.{field})", "value": "#eeeeea"},
                        ],
                        "value": "#bcd9ea",
                    },
                    "tooltip": tooltip(
                        (y, "name", "text"), (x, "period", "text"), (field, word, "share")
                    ),
                },
            },
            {
                "transform": [{"filter": "datum.is_lacking"}],
                "mark": {"type": "text", "fontSize": 9, "fontWeight": "bold"},
                "encoding": {
                    **shared,
                    "text": {"field": field, "type": "quantitative", "format": ".0%"},
                },
            },
        ],
    }


def _folded(fields: Sequence[tuple[str, str]]) -> list[Spec]:
    """Rows of `which` (a word) and `number` out of several fields."""
    expression = " : ".join(f"datum.series === '{field}' ? 't:{text}'" for field, text in fields)
    return [
        {"fold": [field for field, _ in fields], "as": ["series", "number"]},
        {"filter": "isValid(datum.number)"},
        {"calculate": f"{expression} : ''", "as": "which"},
        {"calculate": f"indexof({[field for field, _ in fields]}, datum.series)", "as": "place"},
    ]


def _in_colours() -> Spec:
    which = {"field": "which", "type": "nominal", "sort": None, "legend": {"title": None}}
    return {"color": {**which, "scale": {"range": PALETTE}}, "order": {"field": "place"}}


def paired_bars(name: str, first: str, first_word: str, second: str, second_word: str) -> Spec:
    """Two bars of money per row, one under the other."""
    which = {"field": "which", "type": "nominal", "sort": None}
    return {
        "height": {"step": 28},
        "transform": _folded(((first, first_word), (second, second_word))),
        "mark": {"type": "bar"},
        "encoding": {
            "y": label(name, axis={"title": None, "labelLimit": 190}),
            "yOffset": which,
            "x": value("number", "amount", "money"),
            "color": {**which, "legend": {"title": None}, "scale": {"range": PALETTE}},
            "tooltip": tooltip(
                (name, "name", "text"), ("which", "figure", "text"), ("number", "amount", "money")
            ),
        },
    }
