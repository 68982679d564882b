{%- set cohort = ['cohort_grain', 'cohort_start', 'channel', 'segment'] | join(', ') -%}
with

daily as (select * from {{ ref('int_channels__lead_days') }}),

day_numbers as (
    {%- for day in lead_cohort_days() %}
    select {{ day }} as day_number
    {{- ' union all' if not loop.last }}
    {%- endfor %}
),

summed as (
    select
        {{ cohort }},
        day_numbers.day_number,
        cast(sum(daily.leads) as bigint) as leads,
        cast(sum(daily.qualified) as bigint) as qualified,
        cast(sum(daily.won) as bigint) as won,
        coalesce(sum(daily.revenue), 0) as revenue
    from daily
    inner join day_numbers on daily.days_after <= day_numbers.day_number
    group by {{ cohort }}, day_numbers.day_number
),

aged as (
    select
        *,
        {{ in_hundredths(
            'revenue', order_by='cohort_start, channel, segment',
            partition_by='cohort_grain, day_number',
        ) | indent(8) }} as revenue_rounded,
        {{ dbt.dateadd('day', 'day_number', funnel_cohort_end('cohort_grain', 'cohort_start')) }}
        <= {{ as_of_date() }} as is_mature
    from summed
),

final as (
    select
        {{ cohort }},
        day_number,
        leads,
        case when max(qualified) over () > 0 then qualified end as qualified,
        won,
        case when is_mature then {{ safe_divide('won', 'leads') }} end as conversion,
        case when is_mature then {{ wilson_low('won', 'leads') }} end as conversion_ci_low,
        case when is_mature then {{ wilson_high('won', 'leads') }} end as conversion_ci_high,
        revenue_rounded as revenue,
        case when is_mature then {{ safe_divide('revenue_rounded', 'leads') }} end
            as revenue_per_lead,
        is_mature,
        leads < {{ var('low_n') }} as is_low_n,
        {{ as_of_date() }} as as_of_date
    from aged
)

select * from final
