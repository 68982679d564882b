{%- set censored_minutes = "case when lead_count = 1 then coalesce(attempt_minutes, 1e15) end" -%}

with

scopes as (
    select * from {{ ref('int_scopes__managers') }}
),

won_deals as (
    select * from {{ ref('fct_deal') }}
    -- A deal closed before it was created is an error of the source, not a cycle.
    where status = 'won' and not is_test and final_closed_at >= created_at
),

leads as (
    select * from {{ ref('fct_lead') }}
    where
        not is_test
        and not is_spam
        and coalesce(source_type, '') <> 'call'
),

samples as (
    select
        owner_id_at_close as manager_id,
        {{ business_date('final_closed_at') }} as date,
        {{ hours_between('created_at', 'final_closed_at') }} / 24 as cycle_days,
        0 as lead_count,
        cast(null as double) as attempt_minutes
    from won_deals

    union all

    select
        owner_id as manager_id,
        {{ business_date('created_at') }} as date,
        cast(null as double) as cycle_days,
        1 as lead_count,
        {{ minutes_between('created_at', 'first_attempt_at') }}
            as attempt_minutes
    from leads
),

medians as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        scopes.scope_type,
        scopes.scope_id,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        {{ median('cycle_days') }} as sales_cycle_median_days,
        -- A lead nobody has called yet will be called later than any other, so
        -- it sorts last; a share of leads is known while no uncalled one is in it.
        case
            when 2 * count(attempt_minutes) > sum(lead_count)
                then {{ median(censored_minutes) }}
        end as speed_to_lead_p50_minutes,
        case
            when 95 * (sum(lead_count) - 1) <= 100 * (count(attempt_minutes) - 1)
                then {{ percentile(censored_minutes, 0.95) }}
        end as speed_to_lead_p95_minutes
    from samples
    inner join scopes on samples.manager_id = scopes.manager_id
    group by
        scopes.scope_type,
        scopes.scope_id,
        {{ period_start(grain, 'date') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from medians
