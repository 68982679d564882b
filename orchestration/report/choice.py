"""The choice that a page is written for: language, period and scope. report.js does the same."""

from dataclasses import dataclass
from typing import Any

from orchestration.report import formats
from orchestration.report.page import Block, Column, Page, plotted
from orchestration.report.words import word

Row = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """What is chosen, and the datasets to choose from."""

    language: str
    grain: str
    period: str
    month: str
    scope: str
    pipeline: str | None
    datasets: dict[str, list[Row]]
    about: Row
    lacking: dict[str, str]
    complete: dict[str, Row]
    without_rows: list[str]

    def rows(self, block: Block) -> list[Row]:
        """The rows that a block shows, in the order of its dataset."""
        chosen = {
            "grain": ("grain", self.grain),
            "period": ("period", self.period),
            "month": ("month", self.month),
            "scope": ("scope", self.scope),
        }
        if self.pipeline is not None:
            chosen["pipeline"] = ("pipeline_id", self.pipeline)
        # The company is the default: all of its managers.
        wanted = [*(chosen[key] for key in block.pick if key in chosen), *block.where.items()]
        found = [
            row
            for row in self.datasets[block.data]
            if all(row[name] == value for name, value in wanted)
        ]
        return found[: block.limit]

    def brief(self, block: Block) -> list[Row]:
        """The rows of the table of a block."""
        rows = self.rows(block)
        if not block.is_brief:
            return rows
        return [
            row
            for row in rows
            if row["period"] == self.about["as_of"]
            or (row["score"] is not None and row["score"] < 1)
        ]

    def columns(self, block: Block, rows: list[Row]) -> list[Column]:
        """The columns of the table of a block."""
        is_open = not all(row.get("is_over") for row in rows)
        return [
            column
            for column in block.columns
            if (is_open or not column.is_of_open)
            and (not column.is_rare or any(row[column.field] for row in rows))
        ]

    def about_rows(self, block: Block, rows: list[Row]) -> str:
        """The sentence under the title of a block; none that counts no rows."""
        text = word(block.about, self.language)
        return text.replace("{count}", str(len(rows))) if rows or "{count}" not in text else ""

    def caption(self, block: Block) -> str:
        """What period, whom and which day a block is about."""
        parts = []
        if "period" in block.pick:
            parts.append(formats.period(self.grain, self.period, self.language))
        elif "month" in block.pick:
            parts.append(formats.period("month", self.month, self.language))
        elif "grain" in block.pick:
            parts.append(word(f"by.{self.grain}", self.language))
        parts.append(word("company", self.language))
        parts.append(
            f"{word('as_of', self.language)} {formats.day(self.about['as_of'], self.language)}"
        )
        return " · ".join(parts)

    def is_unknown(self, block: Block, rows: list[Row]) -> bool:
        """Whether a chart has rows, and no figure in them to draw."""
        if block.spec is None:
            return False
        fields = plotted(block.spec)
        return all(row.get(field) is None for row in rows for field in fields)

    def reason(self, block: Block) -> str:
        """Why a block has no rows."""
        for mart in block.marts:
            if mart in self.lacking:
                entity = self.lacking[mart]
                name = word(f"entity.{entity}", self.language, entity)
                return word("empty.no_source", self.language).format(entity=name)
        if block.empty:
            return word(block.empty, self.language)
        if self.datasets[block.data]:
            return word("empty.choice", self.language)
        if block.unfilled:
            return word(block.unfilled, self.language)
        key = "empty.mart" if block.marts[0] in self.without_rows else "empty.block"
        return word(key, self.language).format(mart=block.marts[0])

    def head(self, page: Page) -> str:
        """How complete the data of a page is: of how many blocks, and the worst of them."""
        head = self.complete[page.id]["head"]
        if head is None:
            return word("complete.none", self.language)
        if head["score"] == 1:
            key = "complete"
        else:
            key = "complete.marts" if page.is_of_all_marts else "complete.blocks"
        return word(key, self.language).format(
            name=word(head["name"], self.language, head["name"]),
            score=formats.shown(head["score"], "share", self.language),
            check=formats.shown(head["check"], "checks", self.language),
            through=formats.shown(head["through"], "date", self.language),
            complete=head["complete"],
            scored=head["scored"],
        )

    def note(self, page: Page) -> str:
        """What the figures of a page leave out; nothing if they leave out nothing."""
        count = self.about[page.note] if page.note else 0
        shown = formats.shown(count, "count", self.language)
        return word(page.note, self.language).format(count=shown) if count else ""

    def incomplete(self, page: Page, block: Block) -> str:
        """What the data of a block lacks; nothing if it is complete."""
        found = self.complete[page.id]["blocks"].get(block.id)
        if not found:
            return ""
        return word("complete.block", self.language).format(
            score=formats.shown(found["score"], "share", self.language),
            check=formats.shown(found["check"], "checks", self.language),
        )

    def heading(self, column: Column) -> str:
        """The heading of a column, with the currency of money."""
        text = word(column.word, self.language)
        currency = self.about["currency"]
        return f"{text}, {currency}" if column.format == "money" and currency else text
