"""Reading a report: its embedded data and its HTML, and the published file that it is made of."""

import base64
import gzip
import html
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.report.build import report_html
from orchestration.report.pages import PAGES

BLOCKS = [(page, block) for page in PAGES for block in page.blocks]
# The demo company of the tests is published without the marts that the gates fill.
QUALITY = """
    create or replace table mart_completeness (
        mart varchar, date date, status varchar, score double, worst_check varchar,
        data_complete_through date, is_publishable boolean, as_of_date date
    );
    insert into mart_completeness
    select
        table_name, cast(day as date), 'complete', 1, null, cast(day as date), true,
        date '2026-06-30'
    from duckdb_tables(), range(date '2026-05-27', date '2026-07-01', interval 1 day) as days (day)
    where table_name like 'mart_%';
    create or replace table mart_data_quality (
        date date, source varchar, entity varchar, check_id varchar, dimension varchar,
        value double, threshold double, passed boolean, severity varchar, affected_marts varchar,
        as_of_date date
    );
    insert into mart_data_quality
    select
        date '2026-06-30', 'demo', 'calls', check_id, dimension, value, threshold, passed, 'warn',
        'mart_call_daily', date '2026-06-30'
    from (values
        ('quarantine', 'validity', 0.98, 0.99, false), ('volume', 'volume', 0.4, 0.5, false),
        ('fresh', 'freshness', 1, 1, true)
    ) as checks (check_id, dimension, value, threshold, passed);
"""


def as_a_night_publishes(published: Path, folder: Path) -> Path:
    """A copy of the published file of the demo company, with the marts of the gates."""
    copy = folder / "marts.duckdb"
    shutil.copy(published.resolve() / "marts.duckdb", copy)
    with duckdb.connect(copy) as connection:
        connection.execute(QUALITY)
    return copy


@contextmanager
def emptied(marts: Path, copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of a published file without rows, to be filled; who published and the KPIs stay."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{marts}' as source (read_only)")
        connection.execute(f"attach '{copy}' as marts")
        connection.execute("use marts")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'source'"
        ).fetchall()
        for (name,) in tables:
            rows = "" if name in ("publication", "dim_kpi") else "limit 0"
            connection.execute(f"create table {name} as from source.{name} {rows}")
        yield connection


def built(copied: duckdb.DuckDBPyConnection, folder: Path) -> str:
    """The report of a file `marts.duckdb` that was filled, read by another connection."""
    copied.execute("use memory; detach marts")
    return report_html(folder / "marts.duckdb")


def embedded(text: str) -> dict[str, Any]:
    (packed,) = re.findall(r'<script type="application/gzip" id="report-data">(.*?)</script>', text)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def of_block(text: str, page: str, block: str) -> str:
    """The HTML of one block."""
    start = text.index(f'id="{page}-{block}"')
    return text[start : text.index("</section>", start)]


def table(text: str, page: str, block: str) -> list[list[str]]:
    """The texts of the rows of a block's table."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", of_block(text, page, block), re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[html.unescape(cell) for cell in row] for row in cells if row]


def figures(text: str, page: str, block: str) -> dict[str, str]:
    """The figures of a block of tiles, by field."""
    found = re.findall(r'data-field="(\w+)">(.*?)<', of_block(text, page, block))
    return {field: html.unescape(figure) for field, figure in found}
