with

deals as (
    select * from {{ ref('fct_deal') }}
),

leads as (
    select * from {{ ref('fct_lead') }}
),

lead_visits as (
    select distinct lead_id from {{ ref('fct_lead_stage_visit') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

-- A lead has visits in the lead funnel and in the CRM pipelines of leads.
lead_subjects as (
    select
        concat('lead:', lead_id) as subject_id,
        lead_id,
        -- A lead whose deal was won at an unknown time stays in the stage that its times show.
        case when status = 'lost' then 'lost' else 'open' end as status
    from leads
    union all
    select
        concat('stages:', leads.lead_id) as subject_id,
        leads.lead_id,
        leads.status
    from leads
    inner join lead_visits
        on leads.lead_id = lead_visits.lead_id
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
        lead_subjects.subject_id,
        leads.created_at,
        {{ business_date('leads.created_at') }} as cohort_day,
        coalesce(leads.channel, 'unattributed') as channel,
        coalesce(leads.segment, customers.segment, 'unknown') as segment,
        coalesce(leads.owner_id, 'unassigned') as manager,
        case
            when customers.first_won_at < leads.created_at then 'returning'
            else 'new'
        end as client_type,
        lead_subjects.status
    from lead_subjects
    inner join leads
        on lead_subjects.lead_id = leads.lead_id
    left join customers
        on leads.customer_id = customers.customer_id
    where not leads.is_test and not leads.is_spam and not leads.is_made_of_order
)

select * from unioned
