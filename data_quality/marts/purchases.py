"""Totals of the marts of customers: purchases are the won deals, customers those who have one."""

from datetime import date, timedelta

from data_quality.checks import Measure
from data_quality.comparisons import same_total
from data_quality.marts.rows import WON
from orchestration.core import sql

_CUSTOMERS, _COHORTS = "mart_customer_360", "mart_customer_cohort"
_SEASONS = "mart_customer_seasonality"
# What is sold in a week lately stands in each week, and in each month of the year.
_BASES = {
    "mart_seasonality_demand": (
        "the first week",
        "week_start = (select min(week_start) from {batch})",
    ),
    "mart_category_seasonality": ("January", "calendar_month = 1"),
}

_TOTALS = {
    _CUSTOMERS: {
        "won_count": f"count(*) as total {WON}",
        "revenue": f"sum(amount_base) as total {WON}",
    },
    _COHORTS: {
        "orders": f"count(*) as total {WON}",
        "revenue": f"sum(amount_base) as total {WON}",
    },
}


def purchase_measures(as_of: date, time_zone: str) -> dict[str, list[Measure]]:
    """`as_of`: the day of the night. `time_zone`: of the company's days."""
    bought_on = f"cast(timezone({sql.text(time_zone)}, timezone('UTC', won_at)) as date)"
    measures = {
        mart: [
            same_total(
                f"{column}_equals_facts",
                mart,
                f"sum of {column}",
                f"select '' as part, sum({column}) as total from {{batch}}",
                f"select '' as part, {expected}",
            )
            for column, expected in columns.items()
        ]
        for mart, columns in _TOTALS.items()
    }
    # Each month of a cohort has the customers that the cohort began with.
    measures[_COHORTS].append(
        same_total(
            "customers_equal_facts",
            _COHORTS,
            "sum of customers at their first purchase",
            "select '' as part, sum(customers) as total from {batch} where months_since = 0",
            f"select '' as part, count(distinct customer_id) as total {WON}",
        )
    )
    measures[_SEASONS] = [
        same_total(
            "customers_equal_facts",
            _SEASONS,
            "number of months of customers who have come back",
            "select '' as part, count(*) as total from {batch}",
            "select '' as part, 12 * count(*) as total from"
            f" (select customer_id {WON} group by customer_id having count(*) > 1) as returned",
        )
    ]
    for mart, (part, rows) in _BASES.items():
        measures[mart] = [
            same_total(
                "base_amount_equals_facts",
                mart,
                f"sum of base_amount of {part}",
                f"select '' as part, sum(base_amount) as total from {{batch}} where {rows}",
                "select '' as part, cast(sum(amount_base) as decimal(30, 10)) * 0.125 as total"
                f" {WON} and {bought_on} > date '{as_of - timedelta(days=56)}'",
            )
        ]
    return measures
