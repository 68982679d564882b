"""Gate 2: totals of the marts against those of the facts, of the facts against the input, and
nothing orphaned. What a single model guarantees by itself is a dbt test, not here.

`{batch}` in a query is the table the measure is listed under.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data_quality.checks import Measure
from data_quality.comparisons import known, no_bad_rows, same_total
from orchestration.sources import sql

FUNNEL, MANAGERS, CHANNELS = "mart_funnel_stage", "mart_manager_kpi", "mart_channel_conversion"


def marts_measures(as_of: date, time_zone: str) -> dict[str, list[Measure]]:
    """The measures of gate 2 by the table (schema `marts`) they are about."""
    next_day = datetime.combine(as_of + timedelta(days=1), time(), ZoneInfo(time_zone))
    # A row born at this UTC time or later does not exist on the as_of day.
    end = f"timestamp '{next_day.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"
    return {
        CHANNELS: _channels(),
        MANAGERS: _managers(),
        FUNNEL: _funnel(),
        "fct_lead": _leads(end),
        "fct_deal": _deals(end),
        "fct_call": _calls(end),
        "fct_ad_spend": _ads(as_of),
    }


_REAL_LEADS = "from marts.fct_lead where not is_test and not is_spam"
_WON = "from marts.fct_deal where status = 'won' and won_at is not null and not is_test"
_CLOSED = "from marts.fct_deal where final_closed_at is not null and not is_test"


def _channels() -> list[Measure]:
    totals = {
        "spend": "sum(spend_base) as total from marts.fct_ad_spend",
        "leads": f"count(*) as total {_REAL_LEADS}",
        "won": f"count(*) as total {_WON}",
        "revenue": f"sum(amount_base) as total {_WON}",
        "cohort_won": f"count(*) as total {_WON}",
        "cohort_revenue": f"sum(amount_base) as total {_WON}",
    }
    return [
        same_total(
            f"{column}_equals_facts",
            CHANNELS,
            f"sum of {column}",
            f"select '' as part, sum({column}) as total from {{batch}}",
            f"select '' as part, {expected}",
        )
        for column, expected in totals.items()
    ]


def _managers() -> list[Measure]:
    refunds = (
        "(select coalesce(sum(abs(refund.amount_base)), 0) from marts.fct_payment as refund"
        f" where refund.is_refund and refund.deal_id in (select deal_id {_CLOSED}"
        " and status = 'won'))"
    )
    totals = {
        "won_count": f"count(*) as total {_CLOSED} and status = 'won'",
        "lost_count": f"count(*) as total {_CLOSED} and status = 'lost'",
        "revenue": f"coalesce(sum(amount_base), 0) - {refunds} as total {_CLOSED}"
        " and status = 'won'",
        "leads_taken": f"count(*) as total {_REAL_LEADS}",
        "calls_in": "count(*) as total from marts.fct_call where direction = 'in'",
        "calls_out": "count(*) as total from marts.fct_call where direction = 'out'",
    }
    return [
        same_total(
            f"{column}_equals_facts",
            MANAGERS,
            f"sum of {column} over the months",
            f"select '' as part, sum({column}) as total from {{batch}}"
            " where period_grain = 'month'",
            f"select '' as part, {expected}",
        )
        for column, expected in totals.items()
    ]


def _funnel() -> list[Measure]:
    return [
        same_total(
            "reached_equals_facts",
            FUNNEL,
            "reached_count of the first stage (mode implied)",
            "select 'pipeline ' || pipeline_id as part, reached_count as total from {batch}"
            " where mode = 'implied' and slice_type = 'all' and cohort_grain = 'all'"
            " qualify row_number() over (partition by pipeline_id order by stage_order) = 1",
            "select 'pipeline ' || visit.pipeline_id as part, count(distinct deal_id) as total"
            " from marts.fct_deal_stage_visit as visit inner join marts.fct_deal using (deal_id)"
            " where not is_test group by part"
            f" union all select 'pipeline leads', count(*) {_REAL_LEADS} having count(*) > 0",
        )
    ]


def _leads(end: str) -> list[Measure]:
    marts = (FUNNEL, MANAGERS, CHANNELS)
    return [
        same_total(
            "rows_equal_landing",
            "fct_lead",
            "number of leads",
            "select '' as part, count(*) as total from {batch}",
            f"select '' as part, count(*) as total from landing.leads where created_at < {end}"
            f" and {_surviving('leads', 'lead_id')}",
            marts,
        ),
        known("owner_id", "fct_lead", "manager_id", "dim_manager", marts),
        known("channel", "fct_lead", "channel", "dim_channel", marts),
    ]


def _deals(end: str) -> list[Measure]:
    marts = (FUNNEL, MANAGERS, CHANNELS)
    return [
        same_total(
            "rows_equal_landing",
            "fct_deal",
            "number of deals",
            "select '' as part, count(*) as total from {batch}",
            f"select '' as part, count(*) as total from landing.deals where created_at < {end}"
            f" and not coalesce(is_deleted, false) and {_surviving('deals', 'deal_id')}",
            marts,
        ),
        known("owner_id_at_close", "fct_deal", "manager_id", "dim_manager", marts),
        no_bad_rows(
            "stage_known",
            "fct_deal",
            "stage_id is not null and (pipeline_id, stage_id) not in"
            " (select (stage.pipeline_id, stage.stage_id) from marts.dim_stage as stage)",
            "pipeline_id || ', ' || stage_id",
            "stand in a stage that is in no row of dim_stage",
            "deliver the stages of every pipeline",
            marts,
            "warn",
            "referential",
        ),
        no_bad_rows(
            "won_amount_in_base",
            "fct_deal",
            "status = 'won' and amount <> 0 and amount_base is null",
            "coalesce(currency, 'no currency')",
            "are won and cannot be converted to the base currency",
            "deliver fx_rates for that currency up to the day of the win",
            marts,
        ),
        no_bad_rows(
            "won_dated",
            "fct_deal",
            "status = 'won' and won_at is null",
            "pipeline_id",
            "are won but nobody knows when",
            "map `deals.closed_at`; they are in no period until then",
            marts,
            "warn",
        ),
    ]


def _calls(end: str) -> list[Measure]:
    marts = (MANAGERS, CHANNELS)
    return [
        same_total(
            "rows_equal_landing",
            "fct_call",
            "number of call sessions",
            "select '' as part, count(*) as total from {batch}",
            "select '' as part, count(distinct (source, coalesce(session_id, call_id))) as total"
            f" from landing.calls where started_at < {end} and direction <> 'internal'",
            marts,
        ),
        known("manager_id", "fct_call", "manager_id", "dim_manager", marts),
    ]


def _ads(as_of: date) -> list[Measure]:
    return [
        same_total(
            "spend_equals_landing",
            "fct_ad_spend",
            "spend",
            "select currency as part, sum(spend) as total from {batch} group by part",
            "select upper(account_currency) as part, sum(spend) as total from landing.ad_stats"
            f" where date <= date '{as_of}' group by part",
            (CHANNELS,),
        ),
        known("channel", "fct_ad_spend", "channel", "dim_channel", (CHANNELS,)),
        no_bad_rows(
            "spend_in_base",
            "fct_ad_spend",
            "spend <> 0 and spend_base is null",
            "currency",
            "cannot be converted to the base currency",
            "deliver fx_rates for that currency for every day with spend",
            (CHANNELS,),
        ),
    ]


def _surviving(entity: str, column: str) -> str:
    return (
        f"{column} not in (select merge.loser_id from landing.merges as merge"
        f" where merge.entity = {sql.text(entity)} and merge.loser_id <> merge.survivor_id)"
    )
