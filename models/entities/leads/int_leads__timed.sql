with

leads as (
    select
        lead_id,
        created_at
    from {{ ref('int_leads__conformed') }}
),

contacted as (
    select * from {{ ref('int_leads__contacted') }}
),

hours as (
    select * from {{ ref('int_dates__working_hours') }}
),

-- All working hours that the night knows of.
known as (
    select sum(working_seconds) as working_seconds
    from hours
    where date <= {{ as_of_date() }}
),

positioned as (
    select
        leads.lead_id,
        {{ working_seconds_until('leads.created_at', 'hours_created') }}
            as created_second,
        {{ working_seconds_until('contacted.first_attempt_at', 'hours_attempted') }}
            as attempted_second,
        {{ working_seconds_until('contacted.first_contact_at', 'hours_contacted') }}
            as contacted_second,
        known.working_seconds as last_second
    from leads
    left join contacted
        on leads.lead_id = contacted.lead_id
    left join hours as hours_created
        on {{ business_date('leads.created_at') }} = hours_created.date
    left join hours as hours_attempted
        on {{ business_date('contacted.first_attempt_at') }} = hours_attempted.date
    left join hours as hours_contacted
        on {{ business_date('contacted.first_contact_at') }} = hours_contacted.date
    cross join known
),

timed as (
    select
        lead_id,
        (attempted_second - created_second) / 60 as speed_to_lead_minutes,
        (contacted_second - created_second) / 60 as speed_to_contact_minutes,
        (last_second - created_second) / 60 as age_minutes
    from positioned
)

select * from timed
