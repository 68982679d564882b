{%- set revenues = attribution_models() | join('_revenue, ') ~ '_revenue' -%}
with

ad_spend as (select * from {{ ref('fct_ad_spend') }}),

deals as (select * from {{ ref('int_channels__credited_deals') }}),

-- One row per day and channel of ads, and one of wins. A model that credits nothing is told from
-- one that credits deals of unknown amount.
daily as (
    select
        date,
        channel,
        {%- for model in attribution_models() %}
        0 as {{ model }}_credits,
        cast(null as {{ money() }}) as {{ model }}_revenue,
        {%- endfor %}
        count(*) as ads,
        sum(spend_base) as spend
    from ad_spend
    group by date, channel
    union all
    select
        won_date as date,
        channel,
        {%- for model in attribution_models() %}
        count(*) filter (where attribution_model = '{{ model }}') as {{ model }}_credits,
        sum(revenue) filter (where attribution_model = '{{ model }}') as {{ model }}_revenue,
        {%- endfor %}
        0 as ads,
        cast(null as {{ money() }}) as spend
    from deals
    group by won_date, channel
),

summed as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        channel,
        {%- for model in attribution_models() %}
        case when sum({{ model }}_credits) = 0 then 0 else sum({{ model }}_revenue) end
            as {{ model }}_revenue,
        {%- endfor %}
        case when sum(ads) = 0 then 0 else sum(spend) end as spend
    from daily
    group by {{ period_start(grain, 'date') }}, channel
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

rounded as (
    select
        period_grain,
        period_start,
        {%- for column in revenues.split(', ') + ['spend'] %}
        {{ in_hundredths(column, 'period_start, channel', 'period_grain') | indent(8) }}
            as {{ column }},
        {%- endfor %}
        channel
    from summed
),

ranged as (
    select
        *,
        least({{ revenues }}) as least_revenue,
        greatest({{ revenues }}) as greatest_revenue
    from rounded
),

final as (
    select
        period_grain,
        period_start,
        channel,
        spend,
        {%- for model in attribution_models() %}
        {{ model }}_revenue,
        {%- endfor %}
        {{ safe_divide('greatest_revenue - least_revenue', 'greatest_revenue') }} as spread,
        {{ as_of_date() }} as as_of_date
    from ranged
)

select * from final
