"""The facts against what was landed, and what they lack: rates, days, channels and stages.

A fact is read by the marts that its entity feeds.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data_quality.checks import Measure
from data_quality.comparisons import no_bad_rows, same_total
from data_quality.ledger import marts_fed_by
from data_quality.marts.activities import activity_measures
from data_quality.marts.customers import identifiers_measure
from data_quality.marts.goods import goods_measures
from data_quality.marts.merges import merge_measures
from data_quality.marts.payments import payment_measures
from data_quality.marts.stories import story_measures
from data_quality.marts.unattributed import unlisted_measure
from orchestration.core import sql

# Every answered leg of a session with a client, also a leg where colleagues talk among themselves.
# A leg without a talk time has the time from its answer to its end, in whole seconds.
_TALK_SECONDS = """
    with legs as (
        select
            (source, coalesce(session_id, call_id)) as session,
            direction,
            case
                when result is null then answered_at is not null or talk_seconds > 0
                else result = 'answered'
            end as answered,
            ifnull(
                talk_seconds,
                cast(date_diff('microsecond', answered_at, ended_at) / 1e6 as bigint)
            ) as talked
        from landing.calls
        where started_at < {end}
    )
    select '' as part, sum(talked) as total
    from legs
    where answered
        and session in (select client.session from legs as client where direction <> 'internal')
"""


def fact_measures(as_of: date, time_zone: str) -> dict[str, list[Measure]]:
    next_day = datetime.combine(as_of + timedelta(days=1), time(), ZoneInfo(time_zone))
    # A row created at this UTC time or later does not exist on the as_of day.
    end = f"timestamp '{next_day.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"
    return {
        "fct_lead": [*_leads(end), *merge_measures("leads")],
        "fct_deal": [*_deals(end), *story_measures(end), *merge_measures("deals")],
        "fct_payment": payment_measures(),
        "fct_call": _calls(end),
        "fct_ad_spend": _ads(as_of),
        **activity_measures(end),
        **goods_measures(end, as_of),
        "dim_manager": merge_measures("users"),
        "dim_customer": [*merge_measures("contacts"), identifiers_measure()],
    }


def _leads(end: str) -> list[Measure]:
    marts = marts_fed_by("leads")
    return [
        _made_rows("lead", marts),
        same_total(
            "rows_equal_landing",
            "fct_lead",
            "number of leads",
            "select '' as part, count(*) as total from {batch}",
            f"select '' as part, count(*) + {_made('lead')} as total from landing.leads"
            f" where created_at < {end} and {_surviving('leads', 'lead_id')}",
            marts,
        ),
        unlisted_measure(marts),
    ]


def _deals(end: str) -> list[Measure]:
    marts = marts_fed_by("deals")
    return [
        _made_rows("deal", marts),
        same_total(
            "rows_equal_landing",
            "fct_deal",
            "number of deals",
            "select '' as part, count(*) as total from {batch}",
            f"select '' as part, count(*) + {_made('deal')} as total from landing.deals"
            f" where created_at < {end} and not coalesce(is_deleted, false)"
            f" and {_surviving('deals', 'deal_id')}",
            marts,
        ),
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
            # A win without a date has no rate either; `won_dated` reports it.
            "status = 'won' and won_at is not null and amount <> 0 and amount_base is null",
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
            has_money=True,
        ),
        no_bad_rows(
            "lost_dated",
            "fct_deal",
            "status = 'lost' and final_closed_at is null",
            "pipeline_id",
            "are lost but nobody knows when",
            "map `deals.closed_at`; they are in no period and no win rate until then",
            marts,
            "warn",
            has_money=True,
        ),
    ]


# Calls that were made or answered, by somebody whom only an extension or an e-mail tells.
_CALLS_OF_SOMEONE = """(
    select calls.manager_id, max(legs.phone_ext) as phone_ext
    from {batch} as calls
    inner join landing.calls as legs
        on calls.source = legs.source and calls.call_id = coalesce(legs.session_id, legs.call_id)
    where calls.status = 'answered' or calls.direction = 'out'
    group by calls.source, calls.call_id, calls.manager_id
    having count(legs.user_id) = 0 and count(coalesce(legs.phone_ext, legs.user_email)) > 0
) as calls"""


def _calls(end: str) -> list[Measure]:
    marts = marts_fed_by("calls")
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
        same_total(
            "talk_seconds_equals_landing",
            "fct_call",
            "talk time in seconds",
            "select '' as part, sum(talk_seconds) as total from {batch}",
            _TALK_SECONDS.format(end=end),
            marts,
        ),
        no_bad_rows(
            "user_found",
            "fct_call",
            "manager_id = 'unassigned'",
            "coalesce(phone_ext, 'an e-mail')",
            "were made or answered by an extension or e-mail that no user or several users have",
            "correct it in `users`, with `left_on` of those who left; these calls count for manager"
            " `unassigned`",
            marts,
            "warn",
            "match",
            _CALLS_OF_SOMEONE,
            threshold=0.9,
        ),
    ]


def _ads(as_of: date) -> list[Measure]:
    marts = marts_fed_by("ad_stats")
    return [
        same_total(
            "spend_equals_landing",
            "fct_ad_spend",
            "spend",
            "select currency as part, sum(spend) as total from {batch} group by part",
            "select upper(account_currency) as part, sum(spend) as total from landing.ad_stats"
            f" where date <= date '{as_of}' group by part",
            marts,
        ),
        no_bad_rows(
            "spend_has_channel",
            "fct_ad_spend",
            "spend <> 0 and channel = 'unattributed'",
            "platform",
            "spend money on a platform that no channel rule knows",
            "give it a channel by `platform` or `campaign_name` in [[business.channel_rules]]",
            marts,
            "warn",
            "match",
        ),
        no_bad_rows(
            "spend_in_base",
            "fct_ad_spend",
            "spend <> 0 and spend_base is null",
            "currency",
            "cannot be converted to the base currency",
            "deliver fx_rates for that currency for every day with spend",
            marts,
        ),
        no_bad_rows(
            "spend_on_one_basis",
            "fct_ad_spend",
            "spend <> 0 and spend_basis = 'as_delivered' and exists (select 1 from"
            " marts.fct_ad_spend as other where other.spend_basis <> 'as_delivered')",
            "platform",
            "count as delivered beside spend that is counted with or without VAT",
            "map `ad_stats.vat_included`, give the rates in `business.vat_percent`, or set"
            " `business.spend_basis` to as_delivered",
            marts,
            "warn",
        ),
    ]


def _made_rows(record: str, marts: tuple[str, ...]) -> Measure:
    return same_total(
        "made_equal_orders",
        f"fct_{record}",
        f"number of {record}s that orders made",
        "select '' as part, count(*) as total from {batch} where is_made_of_order",
        f"select '' as part, {_made(record)} as total",
        marts,
    )


def _made(record: str) -> str:
    """The number of orders that make a lead or a deal, by the names they give them."""
    return (
        f"(select count(*) from marts.fct_order as ordered where ordered.{record}_id"
        " = 'order:' || ordered.source || ':' || ordered.order_id)"
    )


def _surviving(entity: str, column: str) -> str:
    """Not merged away, as the models see it: which merges count is decided in one place."""
    return (
        f"{column} not in (select merge.loser_id from intermediate.int_merges__resolved as merge"
        f" where merge.entity = {sql.text(entity)} and merge.survivor_id is not null)"
    )
