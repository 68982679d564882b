{%- set measures = manager_counts() + ['open_change'] + manager_amounts() -%}
with

leads as (
    select
        *,
        -- A lead created by a call had its contact at creation, so it cannot be late.
        {{ waits_for_contact() }} as is_waiting,
        {{ waits_for_contact() }} and age_minutes >= 60 as is_timed
    from {{ ref('fct_lead') }}
    where not is_test and not is_spam
),

leads_daily as (
    select
        owner_id as manager_id,
        {{ business_date('created_at') }} as date,
        count(*) as leads_taken,
        count(*) filter (where not is_made_of_order) as crm_leads_taken,
        count(*) filter (where source_type = 'call') as leads_from_calls,
        count(*) filter (
            where is_waiting
            and first_attempt_at is null
            and first_contact_at is null
        ) as leads_never_contacted,
        {%- for minutes in [5, 15, 60] %}
        count(*) filter (where is_timed and speed_to_lead_minutes <= {{ minutes }})
            as leads_within_{{ minutes }},
        {%- endfor %}
        count(*) filter (where is_timed) as leads_timed
    from leads
    group by all
),

deals_daily as (
    select * from {{ ref('int_manager__deals_daily') }}
),

calls_daily as (
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
    select
        scope_id as manager_id,
        period_start as date
    from {{ ref('int_plans__valid') }}
    where
        scope_type = 'manager'
        and period_grain = 'month'
        and kpi_id in ('revenue', 'calls', 'average_check', 'leads')
        and period_start <= {{ as_of_date() }}
),

calendar as (
    select date from {{ ref('dim_date') }}
    where date <= {{ as_of_date() }}
),

event_days as (
    {%- for events in ['leads_daily', 'deals_daily', 'calls_daily', 'plans'] %}
    select
        manager_id,
        date
    from {{ events }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
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
        {%- for measure in measures %}
        coalesce({{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        date
    from days
    left join leads_daily using (manager_id, date)
    left join deals_daily using (manager_id, date)
    left join calls_daily using (manager_id, date)
)

select * from daily
