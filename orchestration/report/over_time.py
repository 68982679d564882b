"""Charts over periods and days."""

from collections.abc import Sequence
from typing import Any

from orchestration.report.encodings import (
    BLUE,
    FORMATS,
    ORANGE,
    PALETTE,
    folded,
    in_colours,
    label,
    pale,
    tooltip,
    value,
)
from orchestration.report.page import Spec


def columns(field: str, word: str, format_: str = "count", colour: str = BLUE) -> Spec:
    """A column per period."""
    return {
        "mark": {"type": "bar"},
        "encoding": {
            "x": label(axis={"title": None, "labelAngle": -45, "labelOverlap": "parity"}),
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
        "mark": {"type": "tick", "thickness": 4, "color": ORANGE, "size": 18},
        "encoding": {
            "x": base["encoding"]["x"],
            "y": value(mark, mark_word, format_),
            "tooltip": tooltip(("label", "period", "text"), (mark, mark_word, format_)),
        },
    }
    # One title: the library joins two that differ.
    tick["encoding"]["y"]["axis"]["title"] = base["encoding"]["y"]["axis"]["title"]
    return {"layer": [base, tick]}


def lines(
    fields: Sequence[tuple[str, str]], title: str, format_: str = "count", x: str = "label"
) -> Spec:
    """A line per field over the periods, told apart by colour, shape and dash."""
    spec = series(x, "which", "number", title, format_)
    return {**spec, "transform": folded(fields)}


def series(
    x: str, name: str, field: str, word: str, format_: str = "share", zero: bool = True
) -> Spec:
    """A line over the periods per name, told apart by colour, shape and dash."""
    which: Spec = {"field": name, "type": "nominal", "sort": None, "legend": {"title": None}}
    shared: Spec = {
        "x": label(x, axis={"title": None, "labelAngle": -45, "labelOverlap": "parity"}),
        "y": value(field, word, format_, scale={"zero": zero}),
    }
    # The legend is that of the points: colour and shape in one.
    line: Spec = {
        **shared,
        "stroke": {**which, "scale": {"range": PALETTE}, "legend": None},
        "strokeDash": {**which, "legend": None},
    }
    point: Spec = {
        **shared,
        "color": {**which, "scale": {"range": PALETTE}},
        "shape": which,
        "opacity": {"condition": {"test": "datum.is_preliminary", "value": 0.35}, "value": 1},
        "tooltip": tooltip((name, "name", "text"), (x, "period", "text"), (field, word, format_)),
    }
    return {
        "transform": [{"filter": f"isValid(datum.{field})"}],
        "layer": [
            {"mark": {"type": "line"}, "encoding": line},
            {"mark": {"type": "point", "filled": True, "size": 45}, "encoding": point},
        ],
    }


def stacked_columns(
    x: str,
    fields: Sequence[tuple[str, str]],
    word: str,
    format_: str = "count",
    colours: Sequence[str] = PALETTE,
    angle: int = -45,
    **more: Any,
) -> Spec:
    """A column per row, made of several fields. `angle`: of the names of the rows; `more`: of their
    channel."""
    return {
        "transform": folded(fields),
        "mark": {"type": "bar"},
        "encoding": {
            "x": label(
                x, axis={"title": None, "labelAngle": angle, "labelOverlap": "parity"}, **more
            ),
            "y": value("number", word, format_),
            **in_colours(colours),
            "opacity": {"condition": {"test": "datum.is_preliminary", "value": 0.5}, "value": 1},
            "tooltip": [
                *tooltip((x, "period", "text"), ("which", "figure", "text")),
                *tooltip(("number", word, format_)),
            ],
        },
    }


def cells(
    x: str,
    x_word: str,
    y: str,
    field: str,
    word: str,
    format_: str = "share",
    shown: tuple[str, str] | None = None,
    **more: Any,
) -> Spec:
    """A cell per pair, darker with the value. In it stands the value, or another: `shown` is its
    field and word. `more`: of the channel of columns."""
    texts = [(field, word), *([shown] if shown else [])]
    shared = {
        "x": label(
            x, axis={"title": f"t:{x_word}", "labelAngle": 0, "labelOverlap": "parity"}, **more
        ),
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
                        (y, "period", "text"),
                        (x, x_word, "text"),
                        *((name, its_word, format_) for name, its_word in texts),
                    ),
                },
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    **shared,
                    "text": {
                        "field": texts[-1][0],
                        "type": "quantitative",
                        "format": FORMATS[format_],
                    },
                },
            },
        ],
    }


def states(x: str, y: str, field: str, word: str) -> Spec:
    """A cell per day and name: pale where the share is whole, orange with a figure if not."""
    shared = {
        "x": label(x, axis={"title": None, "labelAngle": -45, "labelOverlap": "parity"}),
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
