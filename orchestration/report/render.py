"""Renders the report: the data, the words and the default choice into one HTML file."""

import base64
import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from orchestration.report import formats
from orchestration.report.choice import Choice, Row
from orchestration.report.page import Column, Page, Tile
from orchestration.report.words import LANGUAGES, word, words

_FOLDER = files("orchestration.report")


def render(pages: Iterable[Page], data: dict[str, Any], choice: Choice, library: str) -> str:
    """The HTML of the report. `data`: what report.js reads; `choice`: what stands in the page
    before a choice is made, and for readers without scripts; `library`: the charts' JavaScript."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    pages = list(pages)
    payload = {
        **data,
        "words": words(),
        "languages": LANGUAGES,
        "pages": [
            {
                "id": page.id,
                "is_of_all_marts": page.is_of_all_marts,
                "note": page.note,
                "blocks": [{**asdict(one), "title": one.title} for one in page.blocks],
            }
            for page in pages
        ],
    }
    environment.globals.update(
        t=lambda key: word(key, choice.language),
        kind=kind,
        cell=lambda row, column: cell(row, column, choice),
        rows=choice.rows,
        brief=choice.brief,
        columns=choice.columns,
        about_rows=choice.about_rows,
        caption=choice.caption,
        reason=choice.reason,
        is_unknown=choice.is_unknown,
        head=choice.head,
        note=choice.note,
        incomplete=choice.incomplete,
        heading=choice.heading,
        sentence=lambda row: formats.sentence(row, "sentence", choice.language),
        since=lambda row: since(row, choice.language),
        tile=lambda tile, row: shown_tile(tile, row, choice),
    )
    return environment.get_template("template.html").render(
        pages=pages,
        choice=choice,
        about=data["about"],
        style=Markup(_source("style.css")),
        script=Markup(_source("report.js")),
        library=Markup(library.replace("</script", "<\\/script")),
        payload=Markup(embedded(payload)),
    )


def embedded(payload: Any) -> str:
    """JSON as gzip in base64: a fifth of the size, and no name in it can end its element."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def kind(column: Column, row: Row | None = None) -> str:
    """The classes of a cell or, without a row, of the heading of its column."""
    name = column.format.partition(":")[0]
    coloured = column.field if name == "colour" else column.colour
    return f"{name} colour {row[coloured]}" if row and coloured else name


def cell(row: Row, column: Column, choice: Choice) -> str:
    """The text of a cell, with its interval where it has one."""
    language = choice.language
    if column.is_of_open and row["is_over"]:
        return word("over", language)
    if column.format == "period":
        return formats.period(row.get("grain", "month"), row[column.field], language)
    if column.format == "sentence":
        return formats.sentence(row, column.field, language) or formats.NONE
    format_ = formats.of_unit(row["unit"]) if column.format == "unit" else column.format
    text = formats.shown(row[column.field], format_, language)
    if column.low and row[column.low] is not None and row[column.field] is not None:
        text += " " + formats.interval(row[column.low], row[column.high], format_, language)
    if column.beside and row[column.beside] is not None:
        text += f" ({formats.shown(row[column.beside], format_, language)})"
    if column.format != "unit" or row[column.field] is None:
        return text
    currency = choice.about["currency"] or ""
    unit = currency if row["unit"] == "base_currency" else word(f"unit.{row['unit']}", language, "")
    return f"{text} {unit}".rstrip()


def since(row: Row, language: str) -> str:
    """Since which month a finding is known, or that it may be older than what is looked at."""
    key = "since" if row["is_since_known"] else "since_at_least"
    return f"{word(key, language)} {formats.day(row['since'], language)}"


def shown_tile(tile: Tile, row: Row, choice: Choice) -> dict[str, Any]:
    """The texts of a tile: its figure and its changes from what is known."""
    changes = []
    for name, label in ((tile.previous, "to_previous"), (tile.year_ago, "to_year_ago")):
        if not name or row[name] is None:
            continue
        now, before = row[tile.field], row[name]
        change = (now - before) / before if now is not None and before else None
        is_judged = bool(tile.good and change)
        is_up = bool(change and change > 0)
        changes.append(
            {
                "label": word(label, choice.language),
                "text": formats.shown(change, "change", choice.language),
                "before": formats.shown(before, tile.format, choice.language),
                "is_good": is_judged and is_up == (tile.good == "up"),
                "is_bad": is_judged and is_up != (tile.good == "up"),
            }
        )
    return {
        "figure": formats.shown(row[tile.field], tile.format, choice.language),
        "changes": changes,
        "note": _filled(tile.note, row, choice.language) if _is_noted(tile, row) else "",
    }


def _is_noted(tile: Tile, row: Row) -> bool:
    return bool(tile.note) and (not tile.noted or bool(row[tile.noted]))


def _filled(note: str, row: Row, language: str) -> str:
    """A note with the counts of a row in its braces."""
    return re.sub(
        r"\{(\w+)\}",
        lambda found: formats.shown(row[found[1]], "count", language),
        word(note, language),
    )


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
