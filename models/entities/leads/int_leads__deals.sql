with

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

orders as (
    select * from {{ ref('int_orders__linked') }}
),

-- Of the CRM or made of an order.
leads as (
    select
        lead_id,
        created_at
    from {{ ref('stg_entities__leads') }}
    where created_at < {{ as_of_end() }}

    union all

    select
        order_key as lead_id,
        created_at
    from orders
    where order_key = lead_id
),

deals as (
    select
        deal_id,
        created_at
    from {{ ref('stg_entities__deals') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of_end() }}

    union all

    select
        order_key as deal_id,
        created_at
    from orders
    where order_key = deal_id
),

links as (
    select
        lead_id,
        deal_id
    from {{ ref('stg_entities__leads') }}
    where deal_id is not null

    union all

    select
        lead_id,
        deal_id
    from {{ ref('stg_entities__deals') }}
    where lead_id is not null

    union all

    select
        lead_id,
        deal_id
    from orders
    where lead_id is not null
),

-- Between the last survivors of merges, which no merge takes away.
repointed as (
    select distinct
        coalesce(lead_merges.survivor_id, links.lead_id) as lead_id,
        coalesce(deal_merges.survivor_id, links.deal_id) as deal_id
    from links
    left join survivors as lead_merges
        on
            lead_merges.entity = 'leads'
            and links.lead_id = lead_merges.loser_id
    left join survivors as deal_merges
        on
            deal_merges.entity = 'deals'
            and links.deal_id = deal_merges.loser_id
),

numbered as (
    select
        repointed.lead_id,
        repointed.deal_id,
        row_number() over (
            partition by repointed.lead_id
            order by deals.created_at, repointed.deal_id
        ) as deal_no,
        row_number() over (
            partition by repointed.deal_id
            order by leads.created_at, repointed.lead_id
        ) as lead_no
    from repointed
    inner join leads
        on repointed.lead_id = leads.lead_id
    inner join deals
        on repointed.deal_id = deals.deal_id
)

select * from numbered
