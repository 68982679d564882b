"""The queries of docs/how-to/read-the-marts.md give the answers printed there, and find what is
planted in the demo company."""

import re
from datetime import date
from math import ceil
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "read-the-marts.md"


class Section(NamedTuple):
    """One question of the page: its query, and the table that is printed as its answer."""

    query: str
    columns: list[str]
    printed: list[list[str]]


def _sections() -> dict[str, Section]:
    """The sections by the name of the planted truth they end with; the others by their question."""
    sections = {}
    for text in PAGE.read_text().split("\n## ")[1:]:
        (query,) = re.findall(r"```sql\n(.*?)\n```", text, re.DOTALL)
        planted = re.findall(r"Planted\s+as\s+`(\w+)`", text)
        (name,) = planted or [text.partition("\n")[0]]
        columns, _, *printed = (
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in text.splitlines()
            if line.startswith("|")
        )
        sections[name] = Section(query, columns, printed)
    return sections


SECTIONS = _sections()
WRITE, SEASON, REPAID, ORDER, JANUARY = (
    "Whom to write to this week, and how?",
    "Which clients have a season ahead?",
    "Which cohort repays its advertising?",
    "What to order for the next four weeks?",
    "What to order for January?",
)


@pytest.fixture(scope="module")
def answers(published_marts):
    """What each query returns: rows by the name of their columns."""
    found = {}
    for name, section in SECTIONS.items():
        relation = published_marts.sql(section.query)
        rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
        found[name] = rows
    return found


def test_every_planted_truth_has_a_question(truths):
    assert SECTIONS.keys() - {WRITE, SEASON, REPAID, ORDER, JANUARY} == truths.keys()


@pytest.mark.parametrize("name", SECTIONS)
def test_queries_have_at_most_ten_lines_and_read_published_tables(name):
    lines = SECTIONS[name].query.splitlines()
    assert len(lines) <= 10
    assert max(map(len, lines)) <= 106
    assert set(re.findall(r"\b(?:from|join) (\w+)\.", SECTIONS[name].query)) == {"marts"}


@pytest.mark.parametrize("name", SECTIONS)
def test_the_answer_is_the_one_printed(answers, name):
    _, columns, printed = SECTIONS[name]
    assert len(printed) == len(answers[name])
    for row, cells in zip(answers[name], printed, strict=True):
        assert list(row) == columns
        for column, cell in zip(columns, cells, strict=True):
            assert _shown(row[column], cell) == cell or column == "customer_id"


def _shown(value: object, cell: str) -> str:
    """A value as the page prints it, a number with as many decimals."""
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    if isinstance(value, float):
        return f"{value:.{len(cell.partition('.')[2])}f}"
    return str(value)


def test_finds_the_channel_that_costs_and_brings_no_lead(answers, truths):
    (found,) = answers["dead_channel"]
    planted = truths["dead_channel"]
    assert found["channel"] == planted["channel"]
    assert found["campaigns"] == sorted(planted["campaign_ids"])


def test_finds_the_manager_who_answers_slowly(answers, truths):
    slowest, next_one, *_ = answers["slow_manager"]
    assert slowest["manager_id"] == truths["slow_manager"]["user_id"]
    assert slowest["minutes"] > 5 * next_one["minutes"]


def test_finds_the_pair_whose_comparison_the_client_mix_reverses(answers, truths):
    found, planted = answers["mix_pair"][0], truths["mix_pair"]
    assert found["looks_better"] == planted["better_overall"]
    assert found["is_better"] == planted["better_in_both_client_types"]


def test_finds_the_month_in_which_a_department_dips(answers, truths):
    found, planted = answers["department_dip"][0], truths["department_dip"]
    assert (found["department"], _month(found)) == (planted["department"], planted["month"])


def test_finds_the_month_in_which_one_manager_dips(answers, truths):
    found, planted = answers["manager_dip"][0], truths["manager_dip"]
    assert (found["manager_id"], _month(found)) == (planted["user_id"], planted["month"])


def test_finds_the_leaky_stage_and_since_when(answers, truths):
    found, planted = answers["leaky_stage"][0], truths["leaky_stage"]
    assert found["pipeline_id"] == planted["pipeline_id"]
    assert found["from_stage_id"] == planted["stage_id"]
    assert _month(found) == planted["from_month"]


def test_finds_the_client_who_orders_more_every_january(
    answers, truths, warehouse, published_marts
):
    found, planted = answers["january_client"][0], truths["january_client"]
    (deal_id,) = warehouse.execute(
        "select min(deal_id) from landing.deals where contact_id = ?", [planted["contact_id"]]
    ).fetchone()
    (customer_id,) = published_marts.execute(
        "select customer_id from marts.fct_deal where deal_id = ?", [deal_id]
    ).fetchone()
    assert found["customer_id"] == customer_id
    assert abs(found["january_times"] - planted["times"]) < 0.1


def test_the_client_of_january_has_the_season_ahead_and_is_written_to_first(
    answers, published_marts
):
    (client,) = (row["customer_id"] for row in answers["january_client"])
    seasons = published_marts.execute(
        "select calendar_month, label from marts.mart_customer_seasonality"
        " where customer_id = ? and warn_on is not null",
        [client],
    ).fetchall()
    assert seasons == [(1, "own")]
    assert answers[WRITE][0]["customer_id"] == client
    assert [row["warn_on"] for row in answers[SEASON]] == sorted(
        row["warn_on"] for row in answers[SEASON]
    )


def test_finds_the_client_who_is_overdue(answers, truths, warehouse):
    (found,), planted = answers["overdue_client"], truths["overdue_client"]
    orders = warehouse.execute(
        "select count(*) from marts.fct_order inner join landing.orders as landed"
        " using (source, order_id) where landed.contact_id = ? and customer_id = ?",
        [planted["contact_id"], found["customer_id"]],
    ).fetchone()
    assert orders[0] > 20
    assert abs(found["usual_days"] / planted["usual_days"] - 1) < 0.07
    last = date.fromisoformat(planted["last_ordered_on"])
    assert found["days"] == (date(2026, 6, 30) - last).days


def test_the_cohorts_are_compared_with_what_was_spent_on_them(answers, published_marts):
    for row in answers[REPAID]:
        (spend,) = published_marts.execute(
            "select sum(spend) from marts.mart_channel_conversion where channel = ?"
            " and date_trunc('quarter', date) = ?",
            [row["first_channel"], row["quarter"]],
        ).fetchone()
        (bought,) = published_marts.execute(
            "select sum(revenue) from marts.mart_customer_cohort where first_channel = ?"
            " and date_trunc('quarter', cohort_month) = ? and months_since <= 6",
            [row["first_channel"], row["quarter"]],
        ).fetchone()
        # Costs of goods are 50 to 80 %.
        assert 0.2 < row["times_repaid"] / float(bought / spend) < 0.5


def test_finds_the_plan_that_is_missed_and_the_one_that_is_passed(answers, truths):
    (missed, *between, passed), planted = answers["plan_ahead"], truths["plan_ahead"]
    company, shops = between
    assert (company["scope"], shops["scope"]) == ("company", "unassigned")
    assert missed["plan"] + shops["plan"] + passed["plan"] == company["plan"]
    assert (missed["scope"], _month(missed)) == (planted["missed_by"], planted["month"])
    assert (passed["scope"], _month(passed)) == (planted["passed_by"], planted["month"])
    assert missed["completion"] < 0.75 < 1.4 < passed["completion"]


def test_finds_the_stage_in_which_the_deals_of_one_manager_stand(answers, truths):
    (found, *others), planted = answers["stuck_stage"], truths["stuck_stage"]
    assert (found["manager_id"], found["stage_id"]) == (planted["user_id"], planted["stage_id"])
    times, *other_times = (row["days"] / row["usual_days"] for row in (found, *others))
    assert times > 2 * max(other_times)


def test_finds_the_reason_of_losses_that_grows(answers, truths):
    (found, *others), planted = answers["price_losses"], truths["price_losses"]
    assert (found["pipeline_id"], found["lost_reason_group"], f"{found['quarter']:%Y-%m}") == (
        planted["pipeline_id"],
        planted["lost_reason"],
        planted["from_month"],
    )
    growth, *other_growths = (row["share"] - row["usual_share"] for row in (found, *others))
    assert growth > 2 * max(other_growths)


def test_finds_the_first_contact_that_wins_and_the_one_that_seems_to(answers, truths):
    found = {row["began_by"]: row for row in answers["first_contact"]}
    wins, seems = (found[truths["first_contact"][name]] for name in ("wins", "only_seems_to"))
    assert min(wins["win_rate"], seems["win_rate"]) > found["call"]["win_rate"] + 0.05
    assert wins["index_at_equal_mix"] > 1.2
    assert abs(seems["index_at_equal_mix"] - 1) < 0.1


def test_finds_the_product_that_sells_at_a_loss(answers, truths):
    (found,), planted = answers["loss_product"], truths["loss_product"]
    assert (found["shop"], found["product_id"]) == (planted["shop"], planted["product_id"])
    assert found["margin_rate"] < -0.03 and found["logistics_share"] > 0.2


def test_finds_the_product_that_is_out_of_stock(answers, truths):
    (found,), planted = answers["stockout_product"], truths["stockout_product"]
    assert (found["shop"], found["product_id"]) == (planted["shop"], planted["product_id"])
    first, last = map(date.fromisoformat, (planted["first_day"], planted["last_day"]))
    assert found["days"] == (last - first).days + 1
    assert found["since"] == first.replace(day=1) and found["lost_sales"] > 0


def test_finds_the_marketplace_whose_advertising_eats_the_margin(answers, truths):
    found, planted = answers["ads_eat_margin"], truths["ads_eat_margin"]
    assert {row["shop"] for row in found} == {planted["shop"]}
    first = min(row["quarter"] for row in found)
    assert f"{first.year}-Q{first.month // 3 + 1}" == planted["from_quarter"]
    assert len(found) == 2


def test_what_to_order_covers_four_weeks(answers, published_marts):
    for row in answers[ORDER]:
        stocks = published_marts.execute(
            "select distinct quantity - reserved, in_transit from marts.fct_stock_daily"
            " where date = date '2026-06-30' and warehouse = ? and product_id = ?",
            [row["warehouses"], row["product_id"]],
        ).fetchall()
        # Shops with one warehouse show the same stock: it counts once.
        assert stocks == [(row["stock"], row["in_transit"])]
        (sold,) = published_marts.execute(
            "select sum(quantity) from marts.fct_order_line inner join marts.fct_order"
            " using (source, order_id) where product_id = ? and fct_order.shop in (select shop"
            " from marts.fct_stock_daily where date = date '2026-06-30' and warehouse = ?)"
            " and won_on > date '2026-06-02' and fct_order.status <> 'cancelled'",
            [row["product_id"], row["warehouses"]],
        ).fetchone()
        # Never out of stock in June: the last 28 days with stock are the last 28 days.
        expected = float(sold) * row["season"]
        assert row["to_order"] == ceil(expected - float(row["stock"] + row["in_transit"])) > 0
        # July sells more sofas than May and June, and fewer tables.
        assert (row["season"] > 1) == (row["product_id"] != "G009")


def test_what_to_order_for_january_is_what_the_company_sells_then(answers, published_marts):
    """The January before, and what the company has grown by since."""
    for row in answers[JANUARY]:
        january, year, year_before = published_marts.execute(
            "select sum(quantity) filter (date_trunc('month', won_on) = '2026-01-01'),"
            " sum(quantity) filter (won_on > '2025-06-30'),"
            " sum(quantity) filter (won_on between '2024-07-01' and '2025-06-30')"
            " from marts.fct_order_line inner join marts.fct_order using (source, order_id)"
            " inner join marts.dim_product using (product_id) where category = ?",
            [row["product_category"]],
        ).fetchone()
        grown = float(january) * (float(year / year_before) ** 0.5)
        if row["product_category"] != "wardrobe":
            assert abs(row["expected"] / grown - 1) < abs(row["lately"] / grown - 1)
            assert row["low"] < grown < row["high"]


def _month(row: dict[str, date]) -> str:
    return f"{row['period_start']:%Y-%m}"
