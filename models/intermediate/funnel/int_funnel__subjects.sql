with

deals as (
    select * from {{ ref('fct_deal') }}
),

leads as (
    select * from {{ ref('fct_lead') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

-- The fact of leads knows spam only; any other reason to drop a lead loses it just as well.
junk as (
    select * from {{ ref('int_leads__conformed') }}
    where junk_reason is not null
),

unioned as (
    select
        concat('deal:', deals.deal_id) as subject_id,
        deals.created_at,
        {{ business_date('deals.created_at') }} as cohort_day,
        coalesce(leads.channel, 'unattributed') as channel,
        coalesce(leads.segment, customers.segment, 'unknown') as segment,
        coalesce(deals.owner_id_at_close, deals.owner_id_current, 'unassigned')
            as manager,
        case when deals.is_new_customer then 'new' else 'returning' end
            as client_type,
        deals.status
    from deals
    left join leads
        on deals.lead_id = leads.lead_id
    left join customers
        on deals.customer_id = customers.customer_id
    where not deals.is_test

    union all

    select
        concat('lead:', leads.lead_id) as subject_id,
        leads.created_at,
        {{ business_date('leads.created_at') }} as cohort_day,
        coalesce(leads.channel, 'unattributed') as channel,
        coalesce(leads.segment, customers.segment, 'unknown') as segment,
        coalesce(leads.owner_id, 'unassigned') as manager,
        case
            when customers.first_won_at < leads.created_at then 'returning'
            else 'new'
        end as client_type,
        case when junk.lead_id is not null then 'lost' else 'open' end as status
    from leads
    left join customers
        on leads.customer_id = customers.customer_id
    left join junk
        on leads.lead_id = junk.lead_id
    where not leads.is_test and not leads.is_spam
)

select * from unioned
