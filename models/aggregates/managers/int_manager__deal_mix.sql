with

deals as (
    select * from {{ ref('fct_deal') }}
    where
        status in ('won', 'lost')
        and final_closed_at is not null
        and not is_test
),

leads as (
    select * from {{ ref('fct_lead') }}
),

channels as (
    select * from {{ ref('dim_channel') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

mix as (
    select
        deals.owner_id_at_close as manager_id,
        {{ business_date('deals.final_closed_at') }} as date,
        deals.is_new_customer,
        coalesce(channels.channel_group, 'unknown') as channel_group,
        coalesce(customers.segment, 'unknown') as segment,
        count(*) filter (where deals.status = 'won') as won_count,
        count(*) as closed_count
    from deals
    left join leads on deals.lead_id = leads.lead_id
    left join channels on leads.channel = channels.channel
    left join customers on deals.customer_id = customers.customer_id
    group by all
)

select * from mix
