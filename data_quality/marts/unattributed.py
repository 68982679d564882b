"""Unattributed values: won money without a channel, and channels that are not listed."""

from data_quality.checks import Measure
from data_quality.marts.rows import REAL_LEADS, WON

# A larger share is rarely true: usually links are missing, or the window is too short.
_USUAL_SHARE = 0.3

_MONEY = f"""
    with
    won as (
        select
            count(*) as deals,
            sum(amount_base) as money,
            count(*) filter (where is_unattributed) as lost_deals,
            coalesce(sum(amount_base) filter (where is_unattributed), 0) as lost_money,
            count(*) filter (where is_unattributed and lead_id is null) as without_lead
        from (
            select amount_base, lead_id, deal_id in (
                select credit.deal_id from marts.fct_attribution_credit as credit
                where credit.channel = 'unattributed'
            ) as is_unattributed {WON}
        )
    ),
    links as (
        select
            exists (select 1 from landing.deals where lead_id is not null)
            or exists (select 1 from landing.leads where deal_id is not null) as is_mapped
    ),
    leads as (
        select count(*) filter (where channel <> 'unattributed') / nullif(count(*), 0) as told
        {REAL_LEADS}
    ),
    shares as (
        select *, coalesce(lost_money / nullif(money, 0), lost_deals / nullif(deals, 0), 0) as share
        from won cross join leads cross join links
    )
    select
        {1 - _USUAL_SHARE} as threshold,
        cast(case when told > 0 then 1 - share else 1 end as double) as value,
        'fct_attribution_credit: ' || cast(round(100 * share) as integer)
        || ' % of the won money is `unattributed` (' || lost_deals || ' of ' || deals || ' deals)'
        || case when told > 0 and share > {_USUAL_SHARE} then ', though '
        || cast(round(100 * told) as integer) || ' % of the leads have a channel; '
        || case when is_mapped
            then without_lead || ' of these deals have no lead, '
                || lost_deals - without_lead || ' a lead without a channel; deliver their leads,'
                || ' and touches of their clients, or widen `business.attribution.window_days`'
            else 'map `deals.lead_id` or `leads.deal_id`'
        end
        else '' end as detail
    from shares
"""


_CHANNELS = f"""
    with
    counted as (
        select
            lead.channel,
            count(*) as leads,
            not coalesce(any_value(known.is_listed), true) as is_unlisted,
            cast(round(100 * count(*) / sum(count(*)) over ()) as integer) as percent,
            sum(count(*)) over () as total
        from (select channel {REAL_LEADS}) as lead
        left join marts.dim_channel as known on lead.channel = known.channel
        group by lead.channel
    ),
    named as (
        select
            coalesce(sum(leads) filter (where is_unlisted), 0) as unlisted,
            coalesce(max(total), 0) as total,
            array_to_string(
                list_slice(
                    list('`' || channel || '` (' || leads || ' leads, ' || percent || ' %)'
                        order by leads desc, channel) filter (where is_unlisted),
                    1, 5
                ),
                ', '
            ) as found
        from counted
    )
    select
        1.0 as threshold,
        cast(1 - coalesce(unlisted / nullif(total, 0), 0) as double) as value,
        'fct_lead: ' || unlisted || ' of ' || total || ' leads have a channel that is not in the'
        || ' list of channels' || case when unlisted > 0 then ': ' || found || '; map them by'
        || ' `delivered_channel` in [[business.channel_rules]]; `channel` may be the same name'
        else '' end as detail
    from named
"""


def unattributed_measure(marts: tuple[str, ...]) -> Measure:
    """Warns if most leads have a channel and much of the money has none."""
    description = "At most 30 % of the won money is unattributed, where leads have channels."
    return Measure("money_attributed", "match", "warn", _MONEY, description, marts)


def unlisted_measure(marts: tuple[str, ...]) -> Measure:
    """Warns of each channel that only a source has, with its share of the leads."""
    description = "Every channel of a lead is in the list of channels or in the config's rules."
    return Measure("channel_listed", "match", "warn", _CHANNELS, description, marts)
