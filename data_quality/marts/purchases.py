"""Totals of the marts of customers: purchases are the won deals, customers those who have one."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total
from data_quality.marts.rows import WON

_CUSTOMERS, _COHORTS = "mart_customer_360", "mart_customer_cohort"

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


def purchase_measures() -> dict[str, list[Measure]]:
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
    return measures
