"""The report: its numbers are those of the marts, it asks no other host for anything, and what
nobody delivers is a sentence."""

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kits.report import (
    BLOCKS,
    as_a_night_publishes,
    built,
    embedded,
    emptied,
    figures,
    of_block,
    table,
)
from orchestration.report.build import collect, report_html
from orchestration.report.formats import shown
from orchestration.report.page import PICKS
from orchestration.report.pages import PAGES
from orchestration.report.render import cell
from orchestration.report.words import words

COMPANY = "company:company"
LARGEST = 3_000_000


@pytest.fixture(scope="module")
def marts(demo_home, tmp_path_factory) -> Path:
    return as_a_night_publishes(demo_home.published, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def text(marts) -> str:
    return report_html(marts)


@pytest.fixture(scope="module")
def data(text: str) -> dict[str, Any]:
    """What is embedded in the page, datasets as lists of dicts."""
    found = embedded(text)
    found["data"] = {
        name: [dict(zip(one["columns"], row, strict=True)) for row in one["rows"]]
        for name, one in found["data"].items()
    }
    return found


@pytest.fixture(scope="module")
def embedded_columns(text: str) -> dict[str, list[str]]:
    return {name: one["columns"] for name, one in embedded(text)["data"].items()}


def test_it_is_small(text):
    assert len(text.encode()) < LARGEST


def test_it_asks_no_host_for_anything(text):
    """The charts' library names the schemas and pages of its makers, and asks for none of them."""
    assert "default-src 'none'" in text
    own = re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)
    assert re.findall(r"https?://|(?:src|action)=|@import|url\(", own) == []
    assert set(re.findall(r'href="([^"]*)"', own)) <= {"#pages", *(f"#{one.id}" for one in PAGES)}


def test_the_tiles_are_those_of_the_marts(text, published_marts):
    (row,) = published_marts.execute("""
        select leads_taken, won_count, revenue, average_check, win_rate
        from marts.mart_department_kpi
        where scope_type = 'company' and period_grain = 'month' and period_start = '2026-06-01'
    """).fetchall()
    (spend,) = published_marts.execute(
        "select sum(spend) from marts.mart_channel_conversion where date >= '2026-06-01'"
    ).fetchone()
    names = ("leads", "won", "revenue", "average_check", "win_rate")
    formats = ("count", "count", "money", "money", "share")
    wanted = {
        name: shown(float(value), format_, "ru")
        for name, format_, value in zip(names, formats, row, strict=True)
    }
    assert figures(text, "overview", "figures") == wanted | {"spend": shown(spend, "money", "ru")}


def test_the_plans_are_those_of_the_mart(text, published_marts):
    rows = published_marts.execute("""
        select plan, fact, completion from marts.mart_plan_forecast
        where scope_type = 'company' and kpi_id = 'revenue'
            and (period_grain, period_start) in (('month', '2026-06-01'), ('quarter', '2026-04-01'))
        order by period_grain
    """).fetchall()
    found = [row[3:6] for row in table(text, "overview", "plan") if row[0] == "Выручка"]
    assert found == [
        [in_rubles(plan), in_rubles(fact), shown(completion, "share", "ru")]
        for plan, fact, completion in rows
    ]


def in_rubles(value: Any) -> str:
    text = shown(value, "money", "ru")
    return text if value is None else f"{text} RUB"


def test_a_norm_stands_beside_what_it_is_of(text, published_marts):
    (stage, pipeline, days, norm) = published_marts.execute("""
        select stage_name, pipeline_name, days_in_stage, stage_norm_days
        from marts.mart_deal_risk where risk_count > 0
        order by status_color <> 'red', coalesce(expected_amount, amount_base) desc nulls last,
            deal_id
        limit 1
    """).fetchone()
    first = table(text, "risks", "risks")[0]
    assert first[2] == f"{stage} ({pipeline})"
    assert first[8] == f"{shown(days, 'days', 'ru')} ({shown(norm, 'days', 'ru')})"


def test_the_findings_are_those_of_the_mart(text, published_marts):
    findings = published_marts.execute("""
        select sentence_ru, since from marts.mart_finding where period_start = '2026-06-01'
        order by place
    """).fetchall()
    block = of_block(text, "overview", "findings")
    found = re.findall(r'</b> (.*?)(?: <span class="since">(.*?)</span>)?</li>', block)
    # The mart begins with June 2025: what held then may be older.
    known, at_least = (words()[key]["ru"] for key in ("since", "since_at_least"))
    wanted = [
        (
            sentence.replace(" %", "\u202f%"),
            f"{known if since > date(2025, 6, 1) else at_least} {since:%d.%m.%Y}" if since else "",
        )
        for sentence, since in findings[:10]
    ]
    assert [(html.unescape(sentence), since) for sentence, since in found] == wanted
    assert {since.rpartition(" ")[0] for _, since in wanted} >= {known, at_least}
    assert f"Самые важные: {len(wanted)}." in block


def test_a_win_rate_says_what_it_is_of(text, published_marts):
    """Deals of the CRM, where won deals are those of shops, too."""
    won, crm_won, closed = published_marts.execute("""
        select
            count(*) filter (where status = 'won' and won_on >= '2026-06-01'),
            count(*) filter (
                where status = 'won' and won_on >= '2026-06-01' and not is_made_of_order
            ),
            count(*) filter (where final_closed_on >= '2026-06-01' and not is_made_of_order)
        from marts.fct_deal where not is_test
    """).fetchone()
    notes = re.findall(r'class="note">(.*?)<', of_block(text, "overview", "figures"))
    assert notes == [
        f"из CRM {crm_won}, заказы магазинов {won - crm_won}",
        f"{crm_won} из {closed}, закрытых за период; без заказов магазинов",
    ]
    assert figures(text, "overview", "figures")["won"] == shown(won, "count", "ru")
    assert figures(text, "overview", "figures")["win_rate"] == shown(
        crm_won / closed, "share", "ru"
    )


def test_a_period_that_is_over_has_no_forecast(text, marts):
    """June is: its table has no such column. A row beside one that still runs says so."""
    (block,) = (one for _, one in BLOCKS if one.id == "plan")
    _, choice = collect(marts)
    assert "Прогноз" not in of_block(text, "overview", "plan")
    over = choice.rows(block)[0]
    running = {**over, "is_over": False}
    assert choice.columns(block, [over, running]) == list(block.columns)
    (forecast,) = (one for one in block.columns if one.field == "forecast")
    assert over["forecast"] is not None
    assert cell(over, forecast, choice) == "период окончен"
    assert cell(running, forecast, choice).startswith(shown(over["forecast"], "number", "ru"))


def test_stock_that_runs_out_is_not_green(text, published_marts):
    rows = published_marts.execute("""
        select product_name, shop, stock_end <= 0 from marts.mart_product_margin
        where period_start = '2026-06-01' and days_of_stock < 14
            or period_start = '2026-06-01' and stock_end <= 0
        order by stock_end <= 0 desc, days_of_stock
    """).fetchall()
    assert len(rows) > 3
    found = table(text, "shop", "stock")[: len(rows)]
    assert {(*row[:2], row[2]) for row in found} == {
        (product, shop, "кончился" if is_out else "кончается") for product, shop, is_out in rows
    }
    block = of_block(text, "shop", "stock")
    assert block.count("colour yellow") + block.count("colour red") >= len(rows)


def test_who_is_nobody_comes_last(text):
    names = [row[0] for row in table(text, "managers", "managers")]
    assert names.index("без менеджера") == len(names) - 1 > 5


def test_a_month_so_far_is_compared_with_as_many_days(data, published_marts):
    """Revenue of every day of a scope's windows, summed here a second way."""
    row = find(data, "kpi", grain="week", period="2026-06-29", scope=COMPANY)
    (previous, year_ago) = published_marts.execute("""
        select
            sum(revenue) filter (where period_start in ('2026-06-22', '2026-06-23')),
            sum(revenue) filter (where period_start in ('2025-06-30', '2025-07-01'))
        from marts.mart_department_kpi
        where scope_type = 'company' and period_grain = 'day'
    """).fetchone()
    assert row["is_preliminary"]
    assert (row["revenue_previous"], row["revenue_year_ago"]) == (float(previous), float(year_ago))


def find(data: dict[str, Any], dataset: str, **wanted: Any) -> dict[str, Any]:
    (row,) = (
        row
        for row in data["data"][dataset]
        if all(row[name] == value for name, value in wanted.items())
    )
    return row


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=lambda one: one.id)
def test_every_block_has_rows_and_all_that_it_names(data, embedded_columns, page, block):
    columns = embedded_columns[block.data]
    assert data["data"][block.data] or block.empty, block
    names = {*columns}
    assert set(block.pick) <= set(PICKS)
    wanted = {key for key in block.pick if key not in ("member", "pipeline")} | {*block.where}
    wanted |= {"pipeline_id"} & {f"{key}_id" for key in block.pick}
    wanted |= {"manager_id"} if "member" in block.pick else set()
    for column in block.columns:
        both = (f"{column.field}_ru", f"{column.field}_en")
        wanted |= set(both) if column.format == "sentence" else {column.field}
        wanted |= {column.low, column.high, column.beside, column.colour} - {""}
        wanted |= {"is_over"} if column.is_of_open else set()
    for tile in block.tiles:
        wanted |= {tile.field, tile.previous, tile.year_ago} - {""}
        wanted |= set(re.findall(r"{(\w+)}", words()[tile.note]["ru"])) if tile.note else set()
    spec = json.dumps(block.spec)
    made = {"label", "series", "number", "which", *re.findall(r'"as": "(\w+)"', spec)}
    wanted |= set(re.findall(r'"field": "(\w+)"', spec)) - made
    assert wanted - names == set()
    assert (block.kind == "chart") == (block.spec is not None)


@pytest.fixture
def copied(marts, tmp_path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file without rows, to be filled."""
    with emptied(marts, tmp_path / "marts.duckdb") as connection:
        yield connection


def test_an_empty_company_gets_sentences(copied, tmp_path):
    copied.execute("update publication set company = 'Empty', source_watermarks = '{}'")
    copied.execute("""
        insert into mart_completeness
        select distinct table_name, date '2026-06-30', 'not applicable', null, 'no_source:deals',
            null, null, date '2026-06-30'
        from duckdb_tables() where table_name like 'mart_%' and database_name = 'marts'
    """)
    text = built(copied, tmp_path)
    # What still runs, and that no mart is filled, is known without any source.
    known = ("preliminary_days", "marts")
    for page, block in BLOCKS:
        if block.id in known:
            continue
        assert "ни один источник не передаёт" in of_block(text, page.id, block.id), block.id
    assert "NaN" not in re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)


def test_an_empty_mart_is_told_from_a_source_that_is_lacking(copied, tmp_path):
    text = built(copied, tmp_path)
    assert "в опубликованной таблице mart_shop_daily нет строк" in of_block(text, "shop", "shops")


def test_a_name_is_text_and_nothing_else(copied, tmp_path):
    name = "<script>alert(1)</script><img src=x onerror=alert(1)> & \"'"
    copied.execute("update publication set company = $1", [name])
    copied.execute(
        """insert into mart_finding by name
        select 'f' as finding_id, date '2026-06-01' as period_start, 1 as place,
            'high' as severity, $1 as sentence_ru, $1 as sentence_en""",
        [name],
    )
    text = built(copied, tmp_path)
    assert embedded(text)["about"]["company"] == name
    assert text.count("<script") == text.count("</script>") == 3
    own = re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)
    assert "<img" not in own
    assert html.escape("<img src=x onerror=alert(1)> &") in own


def test_the_default_choice_is_the_last_month_of_the_company(marts):
    _, choice = collect(marts)
    assert (choice.language, choice.grain, choice.period) == ("ru", "month", "2026-06-01")
    assert choice.scope == COMPANY
