with

leads as (
    select
        *,
        -- A lead created by a call had its contact at creation, so it cannot be late.
        coalesce(source_type, '') = 'call' as is_from_call,
        coalesce(source_type, '') <> 'call' and age_minutes >= 60 as is_timed
    from {{ ref('fct_lead') }}
    where not is_test and not is_spam
),

daily as (
    select
        owner_id as manager_id,
        {{ business_date('created_at') }} as date,
        count(*) as leads_taken,
        count(*) filter (where is_from_call) as leads_from_calls,
        count(*) filter (
            where not is_from_call
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
)

select * from daily
