"""Gate 1: whether a plan is compared with what it plans for."""

from collections.abc import Iterator

from data_quality.checks import Expectation, Rule
from orchestration.kpis import registry

# The marts know one company, whatever it is called.
_SEVERAL_NAMES = """
    scope_type = 'company'
    qualify min(scope_id) over (partition by kpi, period_start, period_end)
        <> max(scope_id) over (partition by kpi, period_start, period_end)
"""
_ENDS_A_DAY_LATE = (
    "extract(day from period_start) = 1 and extract(day from period_end) = 1"
    " and period_end > period_start"
)
# Of a month of 31 days or of February in a leap year, as if it had a day less.
_ENDS_DAYS_EARLY = (
    "extract(day from period_start) = 1 and extract(day from period_end) >= 28"
    " and period_end >= period_start and period_end <> last_day(period_end)"
)


def plan_rules() -> Iterator[Rule]:
    """The rules over the plans of one source."""
    kpis = [kpi["kpi_id"] for kpi in registry()]
    yield Rule(
        "kpi_known",
        "referential",
        "warn",
        1.0,
        Expectation("ExpectColumnValuesToBeInSet", {"column": "kpi", "value_set": kpis}),
        "plan something that is no `kpi_id` of dim_kpi",
        "name the KPI as there (revenue, calls, average_check); nothing is compared with these",
        ("kpi",),
    )
    yield Rule(
        "scope_known",
        "referential",
        "warn",
        1.0,
        "scope_type <> 'company' and (scope_type, scope_id) not in"
        " (select (scope.scope_type, scope.scope_id) from"
        " (select 'manager' as scope_type, user_id as scope_id from landing.users"
        " union all select 'department', department from landing.users"
        " union all select 'team', team from landing.users"
        " union all select 'team', department || ' / ' || team from landing.users"
        " union all select 'department', 'unassigned') as scope"
        " where scope.scope_id is not null)"
        " and exists (select 1 from landing.users)",
        "plan for a manager, team or department that is in no row of users",
        "name the manager by `user_id`, the team and the department as users do, and what no"
        " department sells `unassigned`; these plans have no fact",
        ("scope_type", "scope_id"),
    )
    yield Rule(
        "plan_told_once",
        "uniqueness",
        "warn",
        1.0,
        _SEVERAL_NAMES,
        "plan the same of the company under several names",
        "deliver one plan of the company for each KPI and period, and the others as those of"
        " departments; only one of them is compared with the fact",
        ("kpi", "scope_id", "period_start"),
    )
    yield Rule(
        "plan_days_known",
        "validity",
        "warn",
        1.0,
        "period_end < period_start",
        "have `period_end` before `period_start`",
        "check both columns; these plans are not compared",
        ("kpi", "period_start", "period_end"),
    )
    yield Rule(
        "plan_days_known",
        "validity",
        "warn",
        1.0,
        _ENDS_A_DAY_LATE,
        "begin and end on the first day of a month",
        "`period_end` is the last day of the period; these are no plans of a month or a quarter",
        ("kpi", "period_start", "period_end"),
    )
    yield Rule(
        "plan_days_known",
        "validity",
        "warn",
        1.0,
        _ENDS_DAYS_EARLY,
        "begin on the first day of a month and end shortly before the last",
        "`period_end` is the last day of the period, such as 29 February in a leap year; these are"
        " plans of the days they name, and no plans of a month or a quarter",
        ("kpi", "period_start", "period_end"),
    )
    yield Rule(
        "plan_not_negative",
        "validity",
        "warn",
        1.0,
        "value < 0",
        "have the `value` below 0",
        "check how it is exported; less than nothing cannot be met",
        ("kpi", "value"),
    )
