{%- set models = attribution_models() + ['markov_total'] -%}
{%- set revenues = models | join('_revenue, ') ~ '_revenue' -%}
with

ads as (
    select * from {{ ref('int_channels__daily_sums') }}
    where spend is null or spend <> 0 or impressions + clicks > 0
),

credits as (
    select
        attribution_model,
        date,
        channel,
        revenue
    from {{ ref('mart_channel_attribution') }}
    where won > 0 or revenue is null or revenue <> 0
    union all
    select
        'markov_total' as attribution_model,
        date,
        channel,
        revenue
    from {{ ref('int_channels__markov_total') }}
    where revenue is null or revenue <> 0
),

-- One row per day and channel of ads, and one of wins. A model that credits nothing is told from
-- one that credits deals of unknown amount.
daily as (
    select
        date,
        channel,
        {%- for model in models %}
        0 as {{ model }}_credits,
        cast(null as {{ hundredths() }}) as {{ model }}_revenue,
        {%- endfor %}
        count(*) as ads,
        sum(spend) as spend
    from ads
    group by date, channel
    union all
    select
        date,
        channel,
        {%- for model in models %}
        count(*) filter (where attribution_model = '{{ model }}') as {{ model }}_credits,
        sum(revenue) filter (where attribution_model = '{{ model }}') as {{ model }}_revenue,
        {%- endfor %}
        0 as ads,
        cast(null as {{ hundredths() }}) as spend
    from credits
    group by date, channel
),

summed as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        channel,
        {%- for model in models %}
        case when sum({{ model }}_credits) = 0 then 0 else sum({{ model }}_revenue) end
            as {{ model }}_revenue,
        {%- endfor %}
        case when sum(ads) = 0 then 0 else sum(spend) end as spend
    from daily
    group by {{ period_start(grain, 'date') }}, channel
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

ranged as (
    select
        *,
        least({{ revenues }}) as least_revenue,
        greatest({{ revenues }}) as greatest_revenue
    from summed
),

final as (
    select
        period_grain,
        period_start,
        channel,
        spend,
        {%- for model in models %}
        {{ model }}_revenue,
        {%- endfor %}
        case
            when least_revenue >= 0
                then {{ safe_divide('greatest_revenue - least_revenue', 'greatest_revenue') }}
        end as spread,
        {{ as_of_date() }} as as_of_date
    from ranged
)

select * from final
