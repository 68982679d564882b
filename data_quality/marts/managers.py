"""Totals of the marts of managers: deals, money, leads and calls of all owners."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total
from data_quality.marts.periods import same_in_periods
from data_quality.marts.rows import (
    CLOSED,
    CRM_CLOSED,
    CRM_LEADS,
    REAL_CALLS,
    REAL_LEADS,
    REAL_MESSAGES,
    REVENUE,
)

_MANAGERS, _SCOPES, _CALLS = "mart_manager_kpi", "mart_department_kpi", "mart_call_daily"
_HOURS = "mart_call_hourly"
_PLANS, _ACCURACY = "mart_plan_forecast", "mart_forecast_accuracy"
_RISK, _HYGIENE, _WORKLOAD = "mart_deal_risk", "mart_hygiene", "mart_workload"

_WON = f"{CLOSED} and status = 'won'"
_TOTALS = {
    "won_count": f"count(*) as total {_WON}",
    "lost_count": f"count(*) as total {CLOSED} and status = 'lost'",
    "won_amount": f"sum(amount_base) as total {_WON}",
    "revenue": REVENUE,
    "leads_taken": f"count(*) as total {REAL_LEADS}",
    "crm_leads_taken": f"count(*) as total {CRM_LEADS}",
    "crm_won_count": f"count(*) as total {CRM_CLOSED} and status = 'won'",
    "crm_closed_count": f"count(*) as total {CRM_CLOSED}",
    "crm_won_amount": f"sum(amount_base) as total {CRM_CLOSED} and status = 'won'",
    "calls_in": f"count(*) as total {REAL_CALLS} and direction = 'in'",
    "calls_out": f"count(*) as total {REAL_CALLS} and direction = 'out'",
}
_CALL_TOTALS = {
    "sessions": "count(*)",
    "answered": "count(*) filter (where status = 'answered')",
    "talk_seconds": "sum(talk_seconds) filter (where status = 'answered')",
}
# What no source delivers has no forecast.
_COUNTS = (
    "kpi_id in (select 'won_count' where exists (select 1 from marts.fct_deal)"
    " union all select 'calls' where exists (select 1 from marts.fct_call)"
    " union all select 'leads' where exists (select 1 from marts.fct_lead))"
)
_OPEN_DEALS = (
    "count(*) as total from marts.fct_deal"
    " where status = 'open' and not is_test and not is_made_of_order"
)
_LAST_WEEK = "case when period_start = date_trunc('week', as_of_date) then {column} end"
_SCOPE_TYPES = "(values ('team'), ('department'), ('company')) as scopes (scope_type)"


def manager_measures() -> dict[str, list[Measure]]:
    return {
        _MANAGERS: [
            same_in_periods(
                f"{column}_equals_facts", _MANAGERS, column, f"select '' as of, {expected}"
            )
            for column, expected in _TOTALS.items()
        ],
        # All teams, all departments and the company are the same people.
        _SCOPES: [
            same_in_periods(
                f"{column}_equals_facts",
                _SCOPES,
                column,
                f"select scope_type as of, total from (select {expected}) as facts"
                f" cross join {_SCOPE_TYPES}",
                of="scope_type",
            )
            for column, expected in _TOTALS.items()
        ],
        # Every planned KPI, scope and period that has days, once, whatever its versions.
        _PLANS: [
            same_total(
                "plans_equal_facts",
                _PLANS,
                "number of plans",
                "select scope_type || 's' as part, count(*) as total from {batch}"
                " where plan is not null group by part",
                "select scope_type || 's' as part, count(distinct (kpi_id, period_start,"
                " period_end, if(scope_type = 'company', 'company', scope_id))) as total"
                " from marts.fct_plan where kpi_id in (select kpi.kpi_id from marts.dim_kpi as kpi)"
                " and period_start <= period_end group by part",
            ),
        ],
        # Every working day of the months that are over, and the as_of day if it ends one. Before
        # its first event there is no company to forecast: ads may be older than leads and deals.
        _ACCURACY: [
            same_total(
                "forecasts_equal_days",
                _ACCURACY,
                "number of forecasts of the company's months",
                "select kpi_id as part, sum(forecasts_count) as total from {batch}"
                " where method = 'shown' and scope_type = 'company' and period_grain = 'month'"
                " and kpi_id in ('won_count', 'calls', 'leads') group by part",
                "select plan.kpi_id as part, count(*) as total from marts.dim_date as calendar"
                f" inner join marts.{_PLANS} as plan"
                " on calendar.date between plan.period_start and plan.period_end"
                " where plan.scope_type = 'company' and plan.period_grain = 'month'"
                f" and plan.is_over and plan.forecast_on is not null and plan.{_COUNTS}"
                " and (calendar.is_workday or calendar.date = plan.as_of_date)"
                " and calendar.date >= (select min(day.period_start)"
                " from intermediate.int_scopes__periods as day"
                " where day.scope_type = 'company' and day.period_grain = 'day') group by part",
            )
        ],
        _RISK: [
            same_total(
                "deals_equal_facts",
                _RISK,
                "number of open deals",
                "select '' as part, count(*) as total from {batch}",
                f"select '' as part, {_OPEN_DEALS}",
            )
        ],
        _HYGIENE: [
            same_total(
                "overdue_tasks_equal_facts",
                _HYGIENE,
                "number of overdue tasks",
                "select '' as part, sum(violated) as total from {batch}"
                " where rule_id = 'overdue_task' and date = as_of_date",
                "select '' as part, count(*) as total from marts.fct_task"
                " where is_overdue and not is_test",
            )
        ],
        _WORKLOAD: [
            same_total(
                f"{column}_equals_facts",
                _WORKLOAD,
                f"sum of {column}",
                f"select '' as part, sum({shown.format(column=column)}) as total from {{batch}}",
                f"select '' as part, {expected}",
            )
            for column, shown, expected in (
                ("open_deals", _LAST_WEEK, _OPEN_DEALS),
                (
                    "open_leads",
                    _LAST_WEEK,
                    f"count(*) as total {CRM_LEADS} and status = 'open' and converted_at is null",
                ),
                (
                    "contacts_count",
                    "{column}",
                    f"count(*) + (select count(*) {REAL_MESSAGES}) as total {REAL_CALLS}"
                    " and status = 'answered'",
                ),
            )
        ],
        **{
            mart: [
                same_total(
                    f"{column}_equals_facts",
                    mart,
                    f"sum of {column}",
                    f"select 'direction ' || direction as part, sum({column}) as total"
                    " from {batch} group by part",
                    f"select 'direction ' || direction as part, {expected} as total"
                    f" {REAL_CALLS} group by part",
                )
                for column, expected in _CALL_TOTALS.items()
                if mart == _CALLS or column != "talk_seconds"
            ]
            for mart in (_CALLS, _HOURS)
        },
    }
