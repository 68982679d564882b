"""docs/reports: the rows and the picture of each page, from a published night, and their index.

A page says what it asks in its first paragraph and how in its only SQL block. `make reports` after
a change of a page, of a mart or of the demo company.
"""

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.core import sql
from orchestration.core.project import ROOT
from orchestration.markdown import table
from orchestration.report.encodings import CURRENCY
from orchestration.report.named import CHARTS
from orchestration.report.page import Spec
from orchestration.report.words import word

FOLDER = ROOT / "docs" / "reports"
_ROWS = 8
_WIDTH = 640
_LOOK = {
    "background": "white",
    "view": {"stroke": None},
    "legend": {"orient": "top", "columns": 4, "labelLimit": 260},
    "axis": {"gridColor": "#e7e7e2", "labelLimit": 230},
}


@dataclass(frozen=True)
class NamedReport:
    """A page: its title, what it asks, its query."""

    name: str
    title: str
    question: str
    query: str

    @property
    def mart(self) -> str:
        """The table that the query reads."""
        return self.query.partition("from marts.")[2].split()[0]


def named_reports() -> list[NamedReport]:
    """The pages, in the order of CHARTS."""
    return [_read(FOLDER / f"{name}.md") for name in CHARTS]


def _read(page: Path) -> NamedReport:
    text = page.read_text(encoding="utf-8")
    title, question, *_ = text.removeprefix("# ").split("\n\n")
    (query,) = re.findall(r"```sql\n(.*?)\n```", text, re.DOTALL)
    return NamedReport(page.stem, title, question.replace("\n", " "), query)


def answer(
    connection: duckdb.DuckDBPyConnection, report: NamedReport
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows of a report's query."""
    result = connection.execute(report.query)
    return [column[0] for column in result.description], result.fetchall()


def first_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """The table of a page."""
    return "\n".join(table(columns, ([shown(value) for value in row] for row in rows[:_ROWS])))


def shown(value: object) -> str:
    """A value in a table; what is unknown is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        digits = 2 if abs(float(value)) >= 10 else 3
        return f"{value:,.{digits}f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def picture(name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """The chart of a page as SVG."""
    # It starts a JavaScript engine: only pictures need it.
    import vl_convert

    values = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
    chart = CHARTS[name]
    spec = json.dumps(
        {"width": _WIDTH, **chart, **_height(chart, values), "data": {"values": values}},
        ensure_ascii=False,
    ).replace(CURRENCY, "")
    spec = re.sub(
        r"t:([a-z0-9_.]+)", lambda key: word(key[1], "en", key[1].replace("_", " ")), spec
    )
    drawn: str = vl_convert.vegalite_to_svg(spec, config=_LOOK)
    return drawn


def _height(chart: Spec, values: Sequence[dict[str, Any]]) -> Spec:
    """A step is the height of a row, whatever stands beside each other in it."""
    if "height" not in chart:
        return {}
    names = (chart.get("layer") or [chart])[0]["encoding"]["y"]["field"]
    return {"height": chart["height"]["step"] * len({row[names] for row in values})}


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def index(reports: Sequence[NamedReport]) -> str:
    """The page that lists the others."""
    rows = (
        [
            f"[![{one.title}](images/{one.name}.svg)]({one.name}.md)",
            f"[{one.title}]({one.name}.md). {one.question}",
        ]
        for one in reports
    )
    return "\n".join(
        [
            "# Twenty reports\n",
            "Each page asks one question of one mart, with one query, and says how to read the"
            " answer. Rows and pictures are those of the [demo company](../demo-company.md);"
            " `make reports` makes them. The queries run on `published/marts.duckdb` in any DuckDB"
            " client ([how](../how-to/read-the-marts.md)). Pipelines and periods are those of the"
            " demo company: put your own in their place.\n",
            *table(["picture", "question"], rows),
            "",
        ]
    )


def write(marts: Path) -> None:
    """Write the rows and pictures of all pages, and the index."""
    reports = named_reports()
    (FOLDER / "images").mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach {sql.text(str(marts.resolve()))} as marts (read_only)")
        for one in reports:
            columns, rows = answer(connection, one)
            page = FOLDER / f"{one.name}.md"
            head, _, rest = page.read_text(encoding="utf-8").partition("\n| ")
            below = rest.partition("\n\n")[2]
            text = f"{head}\n{first_rows(columns, rows)}\n\n{below}"
            page.write_text(text, encoding="utf-8")
            image = FOLDER / "images" / f"{one.name}.svg"
            image.write_text(picture(one.name, columns, rows), encoding="utf-8")
    (FOLDER / "README.md").write_text(index(reports), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("marts", type=Path, help="the marts.duckdb of a night of the demo company")
    write(parser.parse_args().marts)
