"""What a page of the report is made of: blocks over datasets, as plain data.

The page is written once in Python for the default choice and again by report.js for every other
choice; both read the same blocks, so a block says everything about itself: the rows it shows
(`data`, `pick`), its columns, its chart and its words.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

Spec = dict[str, Any]
Kind = Literal["tiles", "chart", "table", "sentences"]

# How a block takes its rows out of its dataset, as keys of the current choice:
# grain, period   the rows of that grain, of that period
# month           the rows of the month in which the chosen period ends
# scope           the rows of the chosen company, department, team or manager
# member          the rows of the managers of the chosen scope
# pipeline        the rows of the chosen pipeline
PICKS = ("grain", "period", "month", "scope", "member", "pipeline")


@dataclass(frozen=True)
class Column:
    """A column of a table. `format`: count, money, number, share, percent, change, ratio, minutes,
    days, hours, date, text, id, sentence, unit (that of the row), period, mark (a yes is shown, a
    no is not), colour, checks (names of checks, in words), or `word:<prefix>` for the values of a
    closed list. `low`, `high`: the columns of the bounds of its interval. `beside`: the column that
    stands after it in brackets, such as the norm of it. `is_of_open`: it is known of a period that
    still runs; a row that is over says so, and the column is left out where all are over.
    `is_rare`: it is left out where no row has any. `colour`: the column with the colour of its
    values."""

    field: str
    word: str
    format: str = "count"
    low: str = ""
    high: str = ""
    beside: str = ""
    is_of_open: bool = False
    is_rare: bool = False
    colour: str = ""


@dataclass(frozen=True)
class Tile:
    """A figure with what it was in the period before and in the year before. `note`: a word of what
    it counts, with counts of its row in braces; `noted`: the count without which there is none."""

    field: str
    word: str
    format: str = "count"
    previous: str = ""
    year_ago: str = ""
    good: Literal["up", "down", ""] = ""
    note: str = ""
    noted: str = ""


@dataclass(frozen=True)
class Block:
    """A part of a page: its words, its rows and how they are shown. `marts`: where the rows come
    from, the first of them without a source explains why there are none. `about`: a word of a
    sentence under the title, in which {count} is the number of rows; `empty`: the word where the
    choice has no row, `unfilled`: where no choice has one, `unknown`: where no row has a figure to
    draw. `where`: values that the rows have; `limit`: the rows shown at most. `is_brief`: the table
    has the last day and whatever has a score below 1 only."""

    id: str
    kind: Kind
    data: str
    marts: tuple[str, ...]
    pick: tuple[str, ...] = ()
    about: str = ""
    columns: tuple[Column, ...] = ()
    tiles: tuple[Tile, ...] = ()
    spec: Spec | None = None
    where: dict[str, Any] = field(default_factory=dict)
    is_wide: bool = False
    empty: str = ""
    unfilled: str = ""
    unknown: str = "empty.unknown"
    is_brief: bool = False
    limit: int | None = None

    @property
    def title(self) -> str:
        """The word of its title."""
        return f"{self.id}.title"


def plotted(spec: Spec) -> list[str]:
    """The columns whose values a chart shows: the folded ones, else the quantitative ones."""
    text = json.dumps(spec)
    folded = re.findall(r'"fold": (\[[^\]]*\])', text)
    if folded:
        return [name for one in folded for name in json.loads(one)]
    return re.findall(r'"field": "(\w+)", "type": "quantitative"', text)


def findings_of(page: str) -> Block:
    """The sentences about what a page shows."""
    return Block(
        "findings_here",
        "sentences",
        "finding",
        ("mart_finding",),
        pick=("month",),
        where={"page": page},
        empty="empty.finding",
    )


@dataclass(frozen=True)
class Page:
    """A page: the word of its title is `page.<id>`. `is_of_all_marts`: its head says how complete
    the data of every mart is, not of its own. `note`: a column of about.sql and the word of the
    line under the head that says its count, where it is above 0."""

    id: str
    blocks: tuple[Block, ...]
    is_of_all_marts: bool = False
    note: str = ""
