"""Charts with a row for each name: a stage, a manager, a channel."""

from collections.abc import Sequence

from orchestration.report.encodings import (
    BLUE,
    FORMATS,
    GREY,
    PALETTE,
    coloured,
    folded,
    in_colours,
    label,
    tooltip,
    value,
)
from orchestration.report.page import Spec


def bars(name: str, field: str, word: str, format_: str = "count", colour: str = BLUE) -> Spec:
    """A bar per row, the name at its left and the figure at its end."""
    y = label(name, axis={"title": None, "labelLimit": 190})
    return {
        "height": {"step": 24},
        # The figure of the longest bar stands behind its end.
        "padding": {"left": 5, "top": 5, "bottom": 5, "right": 55},
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
                        "format": FORMATS.get(format_, ",.1f"),
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
        "transform": folded(fields),
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
        "transform": folded(fields),
        "mark": {"type": "bar"},
        "encoding": {
            "y": label(name, axis={"title": None, "labelLimit": 190}),
            "x": value("number", word, format_),
            **in_colours(),
            "tooltip": [
                *tooltip((name, "name", "text"), ("which", "figure", "text")),
                *tooltip(("number", word, format_)),
            ],
        },
    }


def paired_bars(name: str, first: str, first_word: str, second: str, second_word: str) -> Spec:
    """Two bars of money per row, one under the other."""
    which = {"field": "which", "type": "nominal", "sort": None}
    return {
        "height": {"step": 28},
        "transform": folded(((first, first_word), (second, second_word))),
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
