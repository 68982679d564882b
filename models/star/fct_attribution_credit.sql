with

deals as (
    select * from {{ ref('int_deals__conformed') }}
    where status = 'won' and won_at is not null and not is_test
),

-- Half-lives count from the last touch: weights are relative, and so the last one's is never 0,
-- however long ago it was.
paths as (
    select
        *,
        max(case when not is_direct then position end) over (
            partition by deal_id
        ) as last_non_direct_position,
        half_lives - min(half_lives) over (partition by deal_id) as half_lives_to_last
    from {{ ref('int_attribution__paths') }}
    left join {{ ref('int_attribution__removal_effects') }} using (channel)
),

-- The weight of a touch among the touches of its deal. Where all touches are direct, the last
-- non-direct one is the last one; where removal effects are unknown, markov is linear.
{% set counts_for = {
    'first_touch': 'case when position = 1 then 1 else 0 end',
    'last_touch': 'case when position = path_length then 1 else 0 end',
    'last_non_direct': 'case when position = coalesce(last_non_direct_position, path_length)'
        ~ ' then 1 else 0 end',
    'linear': '1',
    'position_based': 'case when path_length <= 2 then 1 when position in (1, path_length)'
        ~ ' then 0.4 else 2e-1 / (path_length - 2) end',
    'time_decay': 'power(2, -half_lives_to_last)',
    'markov': 'coalesce(removal_effect, 1)',
} -%}
touches as (
    {%- for model in attribution_models() %}
    select
        '{{ model }}' as attribution_model,
        deal_id,
        touchpoint_id,
        channel,
        campaign_id,
        position,
        path_length,
        cast({{ counts_for[model] }} as double) as counts_for
    from paths
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Fractions are added up as decimals, whose sum is the same in any order: the same night gives the
-- same weights to the last digit.
weighed as (
    select
        *,
        counts_for / cast(
            sum(cast(counts_for as decimal(38, 20))) over (
                partition by attribution_model, deal_id
            ) as double
        ) as weight
    from touches
    where counts_for > 0
),

models as (
    {%- for model in attribution_models() %}
    select '{{ model }}' as attribution_model
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A deal without touches is credited too, to `unattributed`: credit adds up to all revenue.
credited as (
    select
        models.attribution_model,
        deals.deal_id,
        weighed.touchpoint_id,
        coalesce(weighed.channel, 'unattributed') as channel,
        weighed.campaign_id,
        weighed.position,
        coalesce(weighed.path_length, 0) as path_length,
        coalesce(weighed.weight, 1) as weight,
        deals.amount_base
    from deals
    cross join models
    left join weighed
        on
            deals.deal_id = weighed.deal_id
            and models.attribution_model = weighed.attribution_model
),

shared as (
    select
        *,
        {{ money_up_to_touch('amount_base') | indent(8) }} as revenue_up_to_touch
    from credited
),

final as (
    select
        attribution_model,
        deal_id,
        touchpoint_id,
        channel,
        campaign_id,
        position,
        path_length,
        weight,
        cast({{ money_of_touch('revenue_up_to_touch') | indent(8) }} as {{ money() }})
            as credited_revenue
    from shared
)

select * from final
