{%- set key = ['date', 'channel', 'platform', 'campaign_id', 'attribution_model'] | join(', ') -%}
with

deals as (select * from {{ ref('int_channels__credited_deals') }}),

-- Each credit is counted twice: on the day of the win and on the day the lead was created.
dated as (
    select
        date,
        channel,
        platform,
        campaign_id,
        attribution_model,
        won,
        won_amount,
        revenue,
        gross_profit,
        covered_revenue,
        estimated_profit,
        cast(null as double) as cohort_won,
        cast(null as {{ money() }}) as cohort_revenue
    from deals
    union all
    select
        cohort_date as date,
        channel,
        platform,
        campaign_id,
        attribution_model,
        cast(null as double) as won,
        cast(null as {{ money() }}) as won_amount,
        cast(null as {{ money() }}) as revenue,
        cast(null as {{ money() }}) as gross_profit,
        cast(null as {{ money() }}) as covered_revenue,
        cast(null as {{ money() }}) as estimated_profit,
        won as cohort_won,
        revenue as cohort_revenue
    from deals
),

summed as (
    select
        {{ key }},
        {{ sum_of_weights('won') }} as won,
        sum(won_amount) as won_amount,
        sum(revenue) as revenue,
        sum(gross_profit) as gross_profit,
        sum(covered_revenue) as covered_revenue,
        sum(estimated_profit) as estimated_profit,
        {{ sum_of_weights('cohort_won') }} as cohort_won,
        sum(cohort_revenue) as cohort_revenue
    from dated
    group by {{ key }}
),

-- Money is 0 where there was nothing to add up and NULL where there was something, but none of it
-- is known.
known as (
    select
        {{ key }},
        coalesce(won, 0) as won,
        coalesce(won_amount, 0) as won_amount,
        case when won is null then 0 else revenue end as revenue,
        case when won is null then 0 else gross_profit end as gross_profit,
        coalesce(covered_revenue, 0) as covered_revenue,
        case when won is null then 0 else estimated_profit end as estimated_profit,
        coalesce(cohort_won, 0) as cohort_won,
        case when cohort_won is null then 0 else cohort_revenue end as cohort_revenue
    from summed
),

rounded as (
    select
        {{ key }},
        won,
        {%- for amount in [
            'won_amount', 'revenue', 'gross_profit', 'covered_revenue', 'estimated_profit',
        ] %}
        {{ in_hundredths(amount, key, 'attribution_model') | indent(8) }} as {{ amount }},
        {%- endfor %}
        cohort_won,
        {{ in_hundredths('cohort_revenue', key, 'attribution_model') | indent(8) }}
            as cohort_revenue,
        {{ as_of_date() }} as as_of_date
    from known
),

final as (
    select
        *,
        case when revenue > 0 then {{ safe_divide('covered_revenue', 'revenue') }} end
            as cost_coverage
    from rounded
),

{{ named('final', ['campaign']) }}

select * from named
