{%- set speeds = {
    'speed_to_lead_p%_minutes': 'attempt_minutes',
    'speed_to_lead_p%_calendar_minutes': 'attempt_calendar_minutes',
    'speed_to_contact_p%_minutes': 'contact_minutes',
} -%}

with

scopes as (
    select * from {{ ref('int_scopes__managers') }}
),

won_deals as (
    select * from {{ ref('fct_deal') }}
    -- A deal closed before it was created is an error of the source, not a cycle.
    where
        status = 'won'
        and not is_test
        and not is_made_of_order
        and final_closed_at >= created_at
),

leads as (
    select * from {{ ref('fct_lead') }}
    where
        not is_test
        and not is_spam
        and {{ waits_for_contact() }}
),

samples as (
    select
        owner_id_at_close as manager_id,
        {{ business_date('final_closed_at') }} as date,
        {{ hours_between('created_at', 'final_closed_at') }} / 24 as cycle_days,
        0 as lead_count,
        cast(null as double) as attempt_minutes,
        cast(null as double) as attempt_calendar_minutes,
        cast(null as double) as contact_minutes
    from won_deals

    union all

    select
        owner_id as manager_id,
        {{ business_date('created_at') }} as date,
        cast(null as double) as cycle_days,
        1 as lead_count,
        speed_to_lead_minutes as attempt_minutes,
        {{ minutes_between('created_at', 'first_attempt_at') }}
            as attempt_calendar_minutes,
        speed_to_contact_minutes as contact_minutes
    from leads
),

medians as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        scopes.scope_type,
        scopes.scope_id,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        -- A lead without an attempt will be called later than all others, so it sorts
        -- last; a percentile is known while no uncalled lead is in it.
        {%- for column, minutes in speeds.items() %}
        {%- set censored = 'case when lead_count = 1 then coalesce(' ~ minutes ~ ', 1e15) end' %}
        {%- for percent in [50, 95] %}
        case
            when {{ percent }} * (sum(lead_count) - 1) <= 100 * (count({{ minutes }}) - 1)
                then {{ percentile(censored, percent / 100) }}
        end as {{ column | replace('%', percent) }},
        {%- endfor %}
        {%- endfor %}
        {{ median('cycle_days') }} as sales_cycle_median_days
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
