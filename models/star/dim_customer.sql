with

described as (
    select * from {{ ref('int_customers__described') }}
),

identities as (
    select * from {{ ref('int_customers__identified') }}
),

deals as (
    select * from {{ ref('int_deals__conformed') }}
),

marked as (
    select * from {{ ref('int_customers__marked') }}
),

bought as (
    select
        customer_id,
        min(won_at) as first_won_at
    from deals
    where not is_test
    group by customer_id
),

merged as (
    select
        customer_id,
        count(*) as records_merged
    from identities
    where joined_by not in ('contact_id', 'company_id', 'deal_lead')
    group by customer_id
),

customers as (
    select
        described.customer_id,
        described.segment,
        described.country,
        described.city,
        described.first_seen_at,
        bought.first_won_at,
        coalesce(merged.records_merged, 0) as records_merged,
        marked.customer_id is not null as is_test
    from described
    left join bought
        on described.customer_id = bought.customer_id
    left join merged
        on described.customer_id = merged.customer_id
    left join marked
        on described.customer_id = marked.customer_id
)

select * from customers
