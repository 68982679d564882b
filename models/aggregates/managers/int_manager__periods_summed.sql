{%- set counts = manager_counts() + ['open_change'] -%}

with

leads as (
    select * from {{ ref('int_manager__leads_daily') }}
),

deals as (
    select * from {{ ref('int_manager__deals_daily') }}
),

calls as (
    select
        manager_id,
        date,
        sum(sessions) filter (where direction = 'out') as calls_out,
        sum(answered) filter (where direction = 'out') as calls_out_connected,
        sum(sessions) filter (where direction = 'in') as calls_in,
        sum(answered) filter (where direction = 'in') as calls_in_answered,
        sum(missed) filter (where direction = 'in') as calls_in_missed,
        sum(talk_seconds) as talk_seconds,
        sum(meaningful_calls) as meaningful_calls,
        sum(episodes) as missed_episodes,
        sum(episodes_called_back) as episodes_called_back
    from {{ ref('int_calls__daily') }}
    group by manager_id, date
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
    {%- for events in ['leads', 'deals', 'calls'] %}
    select
        manager_id,
        date
    from {{ events }}
    union
    {%- endfor %}
    select
        scope_id as manager_id,
        period_start as date
    from plans
),

first_days as (
    select
        manager_id,
        min(date) as first_date
    from event_days
    group by all
),

-- Each day since a manager's first event or plan, so that a period without one
-- still has the number of deals open at its end.
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
        manager_id,
        {%- for measure in counts + manager_amounts() %}
        coalesce({{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        date
    from days
    left join leads using (manager_id, date)
    left join deals using (manager_id, date)
    left join calls using (manager_id, date)
),

summed as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        manager_id,
        '{{ grain }}' as period_grain,
        {%- for measure in counts %}
        cast(sum({{ measure }}) as bigint) as {{ measure }},
        {%- endfor %}
        {%- for measure in manager_amounts() %}
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
