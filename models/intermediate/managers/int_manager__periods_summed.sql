{%- set counts = [
    'leads_taken', 'leads_from_calls', 'leads_never_contacted', 'leads_timed',
    'leads_within_5', 'leads_within_15', 'leads_within_60', 'deals_created',
    'won_count', 'lost_count', 'new_won_count', 'new_closed_count',
    'returning_won_count', 'returning_closed_count', 'won_with_amount_count',
    'refund_count', 'revenue_known_count', 'revenue_unknown_count',
    'calls_out', 'calls_out_connected', 'calls_in', 'calls_in_answered',
    'calls_in_missed', 'talk_seconds', 'meaningful_calls', 'missed_episodes',
    'episodes_called_back', 'open_change',
] -%}
{%- set amounts = ['won_amount', 'lost_amount', 'refund_amount'] -%}

with

leads as (
    select * from {{ ref('int_manager__leads_daily') }}
),

deals as (
    select * from {{ ref('int_manager__deals_daily') }}
),

calls as (
    select * from {{ ref('int_manager__calls_daily') }}
),

plans as (
    select * from {{ ref('int_scopes__plans') }}
    where scope_type = 'manager' and period_start <= {{ as_of_date() }}
),

calendar as (
    select date from {{ ref('dim_date') }}
    where date <= {{ as_of_date() }}
),

event_days as (
    select
        scope_id as manager_id,
        period_start as date
    from plans
    union
    select
        manager_id,
        date
    from leads
    union
    select
        manager_id,
        date
    from deals
    union
    select
        manager_id,
        date
    from calls
),

first_days as (
    select
        manager_id,
        min(date) as first_date
    from event_days
    group by all
),

-- Each day since a manager's first event or plan, so that a period without one
-- still tells how many deals stood open at its end.
days as (
    select
        manager_id,
        date
    from event_days
    union
    select
        first_days.manager_id,
        calendar.date
    from first_days
    inner join calendar on first_days.first_date <= calendar.date
),

daily as (
    select
        days.manager_id,
        {%- for measure in counts + amounts %}
        coalesce({{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        days.date
    from days
    left join leads
        on days.manager_id = leads.manager_id and days.date = leads.date
    left join deals
        on days.manager_id = deals.manager_id and days.date = deals.date
    left join calls
        on days.manager_id = calls.manager_id and days.date = calls.date
),

summed as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        manager_id,
        '{{ grain }}' as period_grain,
        {%- for measure in counts %}
        cast(sum({{ measure }}) as bigint) as {{ measure }},
        {%- endfor %}
        {%- for measure in amounts %}
        sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        {{ period_start(grain, 'date') }} as period_start
    from daily
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

with_open as (
    select
        *,
        cast(
            sum(open_change) over (
                partition by manager_id, period_grain order by period_start
            ) as bigint
        ) as open_count
    from summed
)

select * from with_open
