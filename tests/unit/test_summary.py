"""The table on the terminal: 0 is a number, and a dash stands where nobody delivers any."""

import io
from datetime import date

import duckdb
import pytest
from rich.console import Console

from orchestration.summary import print_summary, summary_document

# No lead, win or spend in June: of what is delivered that is 0.
PUBLISHED = """
    create table marts.publication as select date '2026-06-30' as as_of_date;
    create table marts.mart_channel_conversion as
        select date '2026-05-20' as date, 3 as leads, 2 as won, 500.5 as revenue, 40 as spend
        union all select date '2026-06-20', 0, 0, 0, 0;
    create table marts.mart_call_daily as select date '2026-06-20' as date, 7 as sessions;
    create table marts.mart_completeness (
        mart varchar, date date, status varchar, score double, worst_check varchar
    );
"""
FACTS = ("fct_lead", "fct_deal", "fct_ad_spend", "fct_call")
ROWS = {
    "Leads": ["0", "3", "3"],
    "Won deals": ["0", "2", "2"],
    "Revenue, RUB": ["0.00", "500.50", "500.50"],
    "Ad spend, RUB": ["0.00", "40.00", "40.00"],
    "Calls": ["7", "-", "7"],
}


def printed(marts, delivered, statement="select 1") -> dict[str, list[str]]:
    with duckdb.connect(marts) as connection:
        connection.execute(PUBLISHED)
        for fact in FACTS:
            connection.execute(
                f"create table marts.{fact} as select 1 as amount_base where {fact in delivered}"
            )
        connection.execute(statement)
    text = io.StringIO()
    print_summary(Console(file=text, width=120), marts, "RUB")
    lines = [line.split("│")[1:-1] for line in text.getvalue().splitlines() if "│" in line]
    return {label.strip(): [cell.strip() for cell in cells] for label, *cells in lines}


@pytest.mark.parametrize(
    ("lacking", "dashed"),
    [
        ((), ()),
        (("fct_lead",), ("Leads",)),
        (("fct_deal",), ("Won deals", "Revenue, RUB")),
        (("fct_ad_spend",), ("Ad spend, RUB",)),
        (("fct_lead", "fct_deal", "fct_ad_spend"), [label for label in ROWS if label != "Calls"]),
    ],
)
def test_what_no_source_delivers_is_a_dash_and_not_zero(tmp_path, lacking, dashed):
    found = printed(tmp_path / "marts.duckdb", {*FACTS} - {*lacking})
    assert found == ROWS | {label: ["-", "-", "-"] for label in dashed}


@pytest.mark.parametrize(
    ("statement", "revenue"),
    [
        # No deal has an amount, although a mart without wins has a revenue of 0.
        ("update marts.fct_deal set amount_base = null", ["-", "-", "-"]),
        # In June something was won, on one day for an unknown amount and on another not at all.
        (
            "insert into marts.mart_channel_conversion values (date '2026-06-21', 0, 1, null, 0)",
            ["-", "500.50", "500.50"],
        ),
        # Something was won for an amount of 0, too.
        (
            "insert into marts.mart_channel_conversion"
            " values (date '2026-06-21', 0, 1, null, 0), (date '2026-06-22', 0, 1, 0, 0)",
            ["0.00", "500.50", "500.50"],
        ),
    ],
)
def test_revenue_of_unknown_amounts_is_a_dash(tmp_path, statement, revenue):
    assert printed(tmp_path / "marts.duckdb", {*FACTS}, statement)["Revenue, RUB"] == revenue


def test_the_document_has_the_numbers_of_the_table(tmp_path):
    marts = tmp_path / "marts.duckdb"
    printed(marts, {*FACTS} - {"fct_ad_spend"})
    document = summary_document(marts, "RUB")
    assert [period["period"] for period in document["periods"]] == [
        *("month_to_date", "month_before", "all_time")
    ]
    before = document["periods"][1]
    assert (before["first"], before["last"]) == (date(2026, 5, 1), date(2026, 5, 31))
    assert [str(before[name]) for name in ("leads", "won", "calls", "spend")] == [
        *("3", "2", "None", "None")
    ]
    assert float(before["revenue"]) == 500.5
