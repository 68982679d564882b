{%- set moments = ['attempt', 'contact'] -%}
{%- set kinds = ['link', 'contact', 'phone', 'email'] -%}

with

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where lead_no = 1
),

sessions as (
    select * from {{ ref('int_calls__sessions') }}
),

hours as (
    select * from {{ ref('int_dates__working_hours') }}
),

talks as (
    select
        coalesce(sessions.lead_id, lead_deals.lead_id) as lead_id,
        sessions.started_at as happened_at,
        sessions.direction = 'out' as is_attempt,
        sessions.status = 'answered' as is_contact,
        'link' as matched_by
    from sessions
    left join lead_deals
        on sessions.deal_id = lead_deals.deal_id
    where sessions.lead_id is not null or sessions.deal_id is not null
    union all
    select
        lead_id,
        started_at as happened_at,
        direction = 'out' as is_attempt,
        status = 'answered' as is_contact,
        'phone' as matched_by
    from {{ ref('int_leads__phoned') }}
    union all
    select
        lead_id,
        sent_at as happened_at,
        direction = 'out' as is_attempt,
        is_contact,
        matched_by
    from {{ ref('int_leads__written') }}
),

firsts as (
    select
        leads.lead_id,
        {%- for moment in moments %}
        min(talks.happened_at) filter (where talks.is_{{ moment }}) as first_{{ moment }}_at,
        {%- for kind in kinds %}
        min(talks.happened_at) filter (
            where talks.is_{{ moment }} and talks.matched_by = '{{ kind }}'
        ) as {{ moment }}_by_{{ kind }}_at,
        {%- endfor %}
        {%- endfor %}
        leads.created_at
    from leads
    left join talks
        on
            leads.lead_id = talks.lead_id
            and leads.created_at <= talks.happened_at
    group by leads.lead_id, leads.created_at
),

-- All working hours of the calendar.
known as (
    select sum(working_seconds) as last_second
    from hours
    where date <= {{ as_of_date() }}
),

positioned as (
    select
        firsts.*,
        {{ working_seconds_until('firsts.created_at', 'hours_created') }}
            as created_second,
        {{ working_seconds_until('firsts.first_attempt_at', 'hours_attempted') }}
            as attempted_second,
        {{ working_seconds_until('firsts.first_contact_at', 'hours_contacted') }}
            as contacted_second,
        known.last_second
    from firsts
    left join hours as hours_created
        on {{ business_date('firsts.created_at') }} = hours_created.date
    left join hours as hours_attempted
        on {{ business_date('firsts.first_attempt_at') }} = hours_attempted.date
    left join hours as hours_contacted
        on {{ business_date('firsts.first_contact_at') }} = hours_contacted.date
    cross join known
),

contacted as (
    select
        lead_id,
        {%- for moment in moments %}
        first_{{ moment }}_at,
        case first_{{ moment }}_at
            {%- for kind in kinds %}
            when {{ moment }}_by_{{ kind }}_at then '{{ kind }}'
            {%- endfor %}
        end as {{ moment }}_matched_by,
        {%- endfor %}
        (attempted_second - created_second) / 60 as speed_to_lead_minutes,
        (contacted_second - created_second) / 60 as speed_to_contact_minutes,
        (last_second - created_second) / 60 as age_minutes
    from positioned
)

select * from contacted
