"""The report of a small company: an empty block says its own reason, and nothing is invented of
what no source tells."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from kits.report import as_a_night_publishes, built, embedded, emptied, of_block, table

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
