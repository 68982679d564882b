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

calls as (
    select
        coalesce(sessions.lead_id, lead_deals.lead_id) as lead_id,
        sessions.started_at,
        sessions.direction,
        sessions.status,
        'link' as matched_by
    from sessions
    left join lead_deals
        on sessions.deal_id = lead_deals.deal_id
    where sessions.lead_id is not null or sessions.deal_id is not null
    union all
    select
        lead_id,
        started_at,
        direction,
        status,
        'phone' as matched_by
    from {{ ref('int_leads__phoned') }}
),

firsts as (
    select
        leads.lead_id,
        leads.created_at,
        min(calls.started_at) filter (where calls.direction = 'out')
            as first_attempt_at,
        min(calls.started_at) filter (
            where calls.direction = 'out' and calls.matched_by = 'link'
        ) as linked_attempt_at,
        min(calls.started_at) filter (where calls.status = 'answered')
            as first_contact_at,
        min(calls.started_at) filter (
            where calls.status = 'answered' and calls.matched_by = 'link'
        ) as linked_contact_at
    from leads
    left join calls
        on
            leads.lead_id = calls.lead_id
            and leads.created_at <= calls.started_at
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
        {%- for moment in ['attempt', 'contact'] %}
        first_{{ moment }}_at,
        case
            when first_{{ moment }}_at = linked_{{ moment }}_at then 'link'
            when first_{{ moment }}_at is not null then 'phone'
        end as {{ moment }}_matched_by,
        {%- endfor %}
        (attempted_second - created_second) / 60 as speed_to_lead_minutes,
        (contacted_second - created_second) / 60 as speed_to_contact_minutes,
        (last_second - created_second) / 60 as age_minutes
    from positioned
)

select * from contacted
