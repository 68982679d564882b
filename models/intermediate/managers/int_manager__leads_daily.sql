with

leads as (
    select * from {{ ref('fct_lead') }}
    where not is_test and not is_spam
),

daily as (
    select
        owner_id as manager_id,
        {{ business_date('created_at') }} as date,
        count(*) as leads_taken,
        -- A lead born from a call was spoken to at birth: nobody could be late.
        count(*) filter (
            where coalesce(source_type, '') <> 'call'
            and first_attempt_at is null
            and first_contact_at is null
        ) as leads_never_contacted
    from leads
    group by all
)

select * from daily
