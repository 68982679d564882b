"""How much of the won money no channel is credited for, though the leads tell theirs."""

from data_quality.checks import Measure
from data_quality.marts.rows import REAL_LEADS, WON

# A larger share is seldom true: it is the links that are missing, or the window that is too short.
_USUAL_SHARE = 0.3

_QUERY = f"""
    with
    won as (
        select
            count(*) as deals,
            sum(amount_base) as money,
            count(*) filter (where is_unattributed) as lost_deals,
            coalesce(sum(amount_base) filter (where is_unattributed), 0) as lost_money
        from (
            select amount_base, deal_id in (
                select credit.deal_id from marts.fct_attribution_credit as credit
                where credit.channel = 'unattributed'
            ) as is_unattributed {WON}
        )
    ),
    leads as (
        select count(*) filter (where channel <> 'unattributed') / nullif(count(*), 0) as told
        {REAL_LEADS}
    ),
    shares as (
        select *, coalesce(lost_money / nullif(money, 0), lost_deals / nullif(deals, 0), 0) as share
        from won cross join leads
    )
    select
        {1 - _USUAL_SHARE} as threshold,
        cast(case when told > 0 then 1 - share else 1 end as double) as value,
        'fct_attribution_credit: ' || cast(round(100 * share) as integer)
        || ' % of the won money is `unattributed` (' || lost_deals || ' of ' || deals || ' deals)'
        || case when told > 0 and share > {_USUAL_SHARE} then ', though '
        || cast(round(100 * told) as integer) || ' % of the leads have a channel; map'
        || ' `deals.lead_id` or `leads.deal_id`, or widen `business.attribution.window_days`'
        else '' end as detail
    from shares
"""


def unattributed_measure(marts: tuple[str, ...]) -> Measure:
    """Warns where most leads tell a channel and much of the money has none."""
    description = "At most 30 % of the won money is unattributed, where leads have channels."
    return Measure("money_attributed", "match", "warn", _QUERY, description, marts)
