"""The report of a small company: an empty block says its own reason, and nothing is invented of
what no source tells."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from kits.report import (
    as_a_night_publishes,
    built,
    embedded,
    emptied,
    figures,
    of_block,
    table,
)
from orchestration.notify.messages import digest
from orchestration.notify.words import Language
from orchestration.report.words import word
from orchestration.report_docs import named_reports

# The month that the report shows, and who has anything in it.
MONTH = "date '2026-06-01'"
MANAGER = f"""
    insert into dim_manager by name select 'm1' as manager_id, 'Anna' as name;
    insert into mart_manager_kpi by name select
        'm1' as manager_id, 'month' as period_grain, {MONTH} as period_start,
        1 as leads_taken, 1 as deals_created, 1 as closed_count, 0 as calls_out, 0 as calls_in,
        'none' as problem_scope, true as is_low_n, date '2026-06-30' as as_of_date
"""


@pytest.fixture(scope="module")
def marts(demo_home, tmp_path_factory) -> Path:
    return as_a_night_publishes(demo_home.published, tmp_path_factory.mktemp("report"))


@pytest.fixture
def small(marts, tmp_path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A company of one manager, without any deal."""
    with emptied(marts, tmp_path / "marts.duckdb") as connection:
        connection.execute(MANAGER)
        yield connection


def test_a_block_without_rows_says_why(small, tmp_path):
    small.execute(f"""
        insert into mart_deal_risk by name
        select 'd1' as deal_id, 'm1' as manager_id, 0 as risk_count;
        insert into mart_customer_360 by name select 'c1' as customer_id, false as is_order_due;
        insert into mart_plan_forecast by name select
            'month' as period_grain, {MONTH} as period_start, date '2026-06-30' as period_end,
            'company' as scope_type, 'company' as scope_id, 'revenue' as kpi_id;
        insert into mart_contact_effect by name
        select 'answered_within' as feature, '0_5' as feature_value, 3 as deals_count;
        insert into mart_customer_cohort by name
        select date '2020-01-01' as cohort_month, date '2026-06-30' as as_of_date
    """)
    text = built(small, tmp_path)
    reasons = {
        ("risks", "risks"): "открытым сделкам ничего не угрожает",
        ("risks", "risk_kinds"): "открытым сделкам ничего не угрожает",
        ("customers", "due"): "ни заказ, ни контакт никого из клиентов не ожидается",
        ("overview", "plan_parts"): "планы выручки отделов, команд и менеджеров",
        ("overview", "findings"): "ничего не отличается от обычного",
        ("funnel", "behind_win"): "слишком мало, чтобы их сравнить",
        ("customers", "cohorts"): "таблице mart_customer_cohort ничего, что относится к этому",
        ("shop", "shops"): "таблице mart_shop_daily нет строк",
    }
    for (page, block), reason in reasons.items():
        assert reason in of_block(text, page, block)
    assert "Самые важные" not in of_block(text, "overview", "findings")


def test_a_pipeline_without_stages_can_be_chosen(small, tmp_path):
    small.execute(f"""
        insert into mart_lost_reason by name select
            'm1' as manager_id, 'default' as pipeline_id, 'month' as period_grain,
            {MONTH} as period_start, 'price' as lost_reason_group, 19 as lost_count
    """)
    text = built(small, tmp_path)
    assert embedded(text)["choice"]["pipeline"] == "default"
    assert [row[:2] for row in table(text, "funnel", "losses")] == [["цена", "19"]]


def test_where_deals_were_lost_is_unknown_without_stage_events(small, tmp_path):
    small.execute("""
        insert into mart_funnel_stage by name select
            'sales' as pipeline_id, 'all' as cohort_grain, date '1970-01-01' as cohort_start,
            'all' as slice_type, 'implied' as mode, 'none' as history, stage_name, stage_order,
            stage_name as stage_id, reached_count, lost_unknown_count, 0.5 as step_conversion
        from (values ('First', 1, 60, 19), ('Talks', 2, 38, 0))
            as stages (stage_name, stage_order, reached_count, lost_unknown_count)
    """)
    text = built(small, tmp_path)
    lost_at = of_block(text, "funnel", "lost_at")
    assert "на каком этапе их теряют, не известно" in lost_at
    assert "19" not in lost_at
    assert [row[:2] for row in table(text, "funnel", "reached")] == [
        ["First", "60"],
        ["Talks", "38"],
    ]
    assert [row[5:7] for row in table(text, "funnel", "reached")] == [["—", "19"], ["—", "0"]]


def test_what_endangers_no_deal_has_no_bar(small, tmp_path):
    small.execute("""
        insert into mart_deal_risk by name
        select deal_id, 'm1' as manager_id, top_risk, risk_count, 100 as expected_amount
        from (values ('d1', 'silent', 1), ('d2', null, 0), ('d3', null, 0))
            as deals (deal_id, top_risk, risk_count)
    """)
    text = built(small, tmp_path)
    for block in ("risk_kinds", "risk_money"):
        assert [row[0] for row in table(text, "risks", block)] == ["давно нет контакта"]


PLAN = f"""
    insert into mart_plan_forecast by name
    select 'month' as period_grain, {MONTH} as period_start, date '2026-06-30' as period_end,
        'revenue' as kpi_id, false as is_over, * from (values
"""


def test_plans_of_managers_alone_are_shown_for_the_company(small, tmp_path):
    small.execute(
        "insert into dim_manager by name select 'm2' as manager_id, 'Bea' as name,"
        " 'Retail' as department;"
        "insert into mart_manager_kpi by name select 'm2' as manager_id,"
        f" 'month' as period_grain, {MONTH} as period_start, 9 as plan_revenue, 0 as leads_taken,"
        " 0 as deals_created, 0 as closed_count, 0 as calls_out, 0 as calls_in,"
        " date '2026-06-30' as as_of_date;"
        + PLAN
        + """
        ('company', 'company', null, 50, 'none'), ('department', 'Retail', null, 20, 'none'),
        ('manager', 'm1', 100, 30, 'red'), ('manager', 'm2', 20, 20, 'green'))
        as plans (scope_type, scope_id, plan, fact, status_color)"""
    )
    text = built(small, tmp_path)
    assert [row[0] for row in table(text, "overview", "plan_parts")] == ["Anna", "Bea"]
    parts = embedded(text)["data"]["plan_parts"]
    places = [parts["columns"].index(name) for name in ("scope", "name")]
    parts = [tuple(row[place] for place in places) for row in parts["rows"]]
    assert ("department:Retail", "Bea") in parts
    assert ("department:unassigned", "Anna") in parts


def test_departments_with_plans_go_before_managers(small, tmp_path):
    small.execute(
        PLAN
        + """
        ('department', 'unassigned', 70, 30, 'red'), ('manager', 'm1', 100, 30, 'red'))
        as plans (scope_type, scope_id, plan, fact, status_color)"""
    )
    text = built(small, tmp_path)
    ((name, *_),) = table(text, "overview", "plan_parts")
    assert name == word("scope.unassigned", "ru")


@pytest.mark.parametrize(
    ("language", "plans", "told"),
    [
        (
            "ru",
            "('company', null, 'none'), ('manager', 9, 'green'), ('manager', 8, 'red'),"
            " ('manager', 7, 'red'), ('manager', 7, 'none')",
            "менеджеры: красный 2, зелёный 1, нет данных 1",
        ),
        (
            "en",
            "('team', 9, 'yellow'), ('department', null, 'none'), ('manager', 8, 'red')",
            "teams: yellow 1",
        ),
        ("en", "('company', null, 'none'), ('manager', null, 'none')", None),
    ],
)
def test_the_digest_tells_the_plans_of_parts(small, tmp_path, language, plans, told):
    small.execute(
        PLAN
        + f"""
        {plans}) as plans (scope_type, plan, status_color)"""
    )
    small.execute("use memory; detach marts")
    lines = digest(tmp_path / "marts.duckdb", "Shop", "RUB", language).lines
    found = [line for line in lines if line.startswith(("Plan", "План"))]
    assert [line[line.index(told) :] for line in found] == ([told] if told else [])


def test_a_season_that_is_not_known_is_not_0(small, tmp_path):
    small.execute("""
        insert into mart_seasonality_demand by name
        select date '2026-07-06' as week_start, 'b2c' as segment, 'all' as product_category,
            100 as base_amount
    """)
    text = built(small, tmp_path)
    ((_, base, extra, total, *_),) = table(text, "customers", "season")
    assert (base.startswith("100"), extra, total) == (True, "—", "—")
    assert "Тире вместо сезона: он не известен" in of_block(text, "customers", "season")


def risks_told(small: duckdb.DuckDBPyConnection, folder: Path, language: Language) -> str:
    """The line of the digest on open deals."""
    small.execute("use memory; detach marts")
    lines = digest(folder / "marts.duckdb", "Shop", "RUB", language).lines
    (told,) = (line for line in lines if line.startswith(("Open deals", "Открытые сделки")))
    return told


@pytest.mark.parametrize(
    ("language", "deals", "told"),
    [
        ("en", "(0, 'none', 5), (0, 'none', 7)", "Open deals at risk: not known for 2 of 2"),
        ("ru", "(0, 'none', 5)", "Открытые сделки под риском: не известно по 1 из 1"),
        ("en", "(1, 'red', 9), (0, 'green', 5)", "Open deals at risk: 1 of 2, 9 RUB"),
        ("en", "(1, 'red', null), (0, 'green', 5)", "Open deals at risk: 1 of 2"),
        (
            "ru",
            "(1, 'red', 9), (0, 'green', 5), (0, 'none', 7)",
            "Открытые сделки под риском: 1 из 3, 9 RUB; не известно по 1 из 3",
        ),
    ],
)
def test_the_digest_does_not_call_unknown_deals_safe(small, tmp_path, language, deals, told):
    small.execute(f"""
        insert into mart_deal_risk by name
        select row_number() over () as deal_id, 'm1' as manager_id, risk_count, status_color,
            amount_base
        from (values {deals}) as deals (risk_count, status_color, amount_base)
    """)
    assert risks_told(small, tmp_path, language).replace("\xa0", " ") == told


def risk_figures(text: str) -> list[str]:
    """The texts of the tiles of open deals, as they are read."""
    shown = re.sub(r"<[^>]+>", "|", of_block(text, "risks", "risk_figures"))
    return [" ".join(html.unescape(part).split()) for part in shown.split("|") if part.strip()]


def test_deals_of_which_nothing_is_known_are_not_called_safe(small, tmp_path):
    small.execute("""
        insert into mart_deal_risk by name
        select 'd' || n as deal_id, 'm1' as manager_id, 0 as risk_count, 'none' as status_color
        from range(40) as numbers (n)
    """)
    text = built(small, tmp_path)
    found = figures(text, "risks", "risk_figures")
    assert (found["open_deals"], found["at_risk"], found["amount_at_risk"]) == ("40", "—", "—")
    assert "нельзя судить: 40 из 40" in risk_figures(text)


def test_deals_that_can_be_judged_are_told_apart(small, tmp_path):
    small.execute("""
        insert into mart_deal_risk by name
        select deal_id, 'm1' as manager_id, risk_count, status_color, 'silent' as top_risk,
            'давно нет контакта' as color_reason_ru
        from (values ('d1', 1, 'red'), ('d2', 0, 'green'), ('d3', 0, 'none'))
            as deals (deal_id, risk_count, status_color)
    """)
    text = built(small, tmp_path)
    assert figures(text, "risks", "risk_figures")["at_risk"] == "1"
    assert "нельзя судить: 1 из 3" in risk_figures(text)
    assert "давно нет контакта" in table(text, "risks", "risks")[0]


def test_where_every_deal_can_be_judged_no_note_is_shown(small, tmp_path):
    small.execute("""
        insert into mart_deal_risk by name
        select 'd1' as deal_id, 'm1' as manager_id, 0 as risk_count, 'green' as status_color
    """)
    assert not [one for one in risk_figures(built(small, tmp_path)) if "нельзя судить" in one]


def test_red_deals_come_first_and_then_the_most_money_at_stake(small, tmp_path):
    """Where the chance is not known, the amount is at stake. The page of reports has that order."""
    small.execute("""
        insert into mart_deal_risk by name
        select deal_id, 'm1' as manager_id, 1 as risk_count, 'silent' as top_risk, status_color,
            amount_base, expected_amount
        from (values ('d1', 'yellow', 900, 800), ('d2', 'red', 500, 50), ('d3', 'red', 300, null),
            ('d4', 'red', null, 20), ('d5', 'red', null, null))
            as deals (deal_id, status_color, amount_base, expected_amount)
    """)
    (page,) = (one for one in named_reports() if one.name == "deals-at-risk")
    answered = small.execute(page.query.replace("marts.", "")).fetchall()
    text = built(small, tmp_path)
    order = ["d3", "d2", "d4", "d5", "d1"]
    assert [row[0] for row in table(text, "risks", "risks")] == order
    assert [row[0] for row in answered] == order


def test_the_expected_sum_says_which_deals_are_in_it(small, tmp_path):
    """Three deals with an amount, the chance of one is known; two without, one can be expected."""
    small.execute("""
        insert into mart_deal_risk by name
        select deal_id, 'm1' as manager_id, 0 as risk_count, amount_base, expected_amount
        from (values ('d1', 900, 300), ('d2', 5000, null), ('d3', 7000, null), ('d4', null, 20),
            ('d5', null, null)) as deals (deal_id, amount_base, expected_amount)
    """)
    text = built(small, tmp_path)
    found = figures(text, "risks", "risk_figures")
    assert found["expected_amount"].startswith("300")
    told = risk_figures(text)
    assert "шанс известен по 1 из 3 сделок, их сумма 900" in told
    assert "посчитаны 1 из 2 таких сделок, по средней сумме выигранных" in told


def test_too_few_deals_tell_of_no_problem(small, tmp_path):
    text = built(small, tmp_path)
    ((*_, problem, low_n),) = table(text, "managers", "managers")
    assert (problem, low_n) == ("—", "да")


def test_won_deals_without_a_date_are_counted_on_two_pages(small, tmp_path):
    small.execute("""
        insert into fct_deal by name
        select 'won' as status, won_on, is_test
        from (values (null, false), (null, false), (null, true), (date '2026-06-02', false))
            as deals (won_on, is_test)
    """)
    text = built(small, tmp_path)
    for page in ("overview", "managers"):
        start = text.index(f'id="{page}-left-out"')
        assert "Выигранных сделок без даты: 2." in text[start : text.index("</p>", start)]
    assert text.count("Выигранных сделок без даты: 2.") == 2


def test_dated_wins_need_no_line(small, tmp_path):
    text = built(small, tmp_path)
    assert '<p class="left-out" id="overview-left-out"></p>' in text


def test_a_table_with_many_names_breaks_between_them(small, tmp_path):
    small.execute("""
        insert into mart_data_quality by name
        select 'volume' as check_id, false as passed, 'mart_a,mart_b' as affected_marts
    """)
    text = built(small, tmp_path)
    assert table(text, "data", "failed")[0][-1] == "mart_a, mart_b"
    assert table(text, "data", "failed")[0][3] == "за день меньше строк, чем обычно"
