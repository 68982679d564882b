with

leads as (select * from {{ ref('fct_lead') }}),

-- People speaking or writing with a client: what a program sends is no contact.
talks as (
    select
        {{ business_date('started_at') }} as date,
        manager_id,
        customer_id,
        deal_id,
        lead_id
    from {{ ref('fct_call') }}
    where status = 'answered' and not is_test

    union all

    select
        {{ business_date('sent_at') }} as date,
        manager_id,
        customer_id,
        deal_id,
        lead_id
    from {{ ref('fct_message') }}
    where not is_automatic and not is_test
),

final as (
    select
        talks.date,
        talks.manager_id,
        talks.customer_id,
        coalesce(talks.deal_id, leads.deal_id) as deal_id,
        talks.lead_id,
        count(*) as contacts_count
    from talks
    left join leads on talks.lead_id = leads.lead_id
    group by all
)

select * from final
