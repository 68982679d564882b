"""Totals of the marts that have a row per period: the same in days, in weeks and in months."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total

# For values at the end of a period, only the last period is the total.
LAST_PERIODS = (
    "(from {batch} qualify period_start = max(period_start) over (partition by period_grain))"
)


def same_in_periods(
    check_id: str,
    table: str,
    measure: str,
    expected: str,
    *,
    of: str = "''",
    rows: str = "{batch}",
) -> Measure:
    """The measure, added up over the periods of one grain, is the total of the facts.

    `of`: an expression that tells totals apart that are looked at one by one. `expected`: a query
    of `of` and `total`. `rows`: those of the mart that are added up.
    """
    return same_total(
        check_id,
        table,
        f"sum of {measure}",
        f"select trim({of} || ' ' || period_grain) || 's' as part, sum({measure}) as total"
        f" from {rows} group by part",
        "select trim(facts.of || ' ' || grains.period_grain) || 's' as part, facts.total"
        f" from ({expected}) as facts"
        " cross join (values ('day'), ('week'), ('month')) as grains (period_grain)",
    )
