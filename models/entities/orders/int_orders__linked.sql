with

orders as (
    select * from {{ ref('int_orders__placed') }}
),

found as (
    select * from {{ ref('int_orders__found') }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where survivor_id is not null
),

leads as (
    select * from {{ ref('stg_entities__leads') }}
    where created_at < {{ as_of_end() }}
),

deals as (
    select * from {{ ref('stg_entities__deals') }}
    where created_at < {{ as_of_end() }} and not coalesce(is_deleted, false)
),

-- The lead and the deal that the order names or that were found for it.
pointed as (
    select
        orders.order_key,
        orders.created_at,
        leads.lead_id,
        deals.deal_id
    from orders
    left join found as found_leads
        on
            found_leads.record_type = 'lead'
            and orders.order_key = found_leads.order_key
    left join found as found_deals
        on
            found_deals.record_type = 'deal'
            and orders.order_key = found_deals.order_key
    left join survivors as lead_merges
        on
            lead_merges.entity = 'leads'
            and coalesce(found_leads.record_id, orders.lead_id) = lead_merges.loser_id
    left join survivors as deal_merges
        on
            deal_merges.entity = 'deals'
            and coalesce(found_deals.record_id, orders.deal_id) = deal_merges.loser_id
    left join leads
        on
            coalesce(lead_merges.survivor_id, found_leads.record_id, orders.lead_id)
            = leads.lead_id
    left join deals
        on
            coalesce(deal_merges.survivor_id, found_deals.record_id, orders.deal_id)
            = deals.deal_id
),

told as (
    {%- for entity in ['leads', 'deals'] %}
    select
        lead_id,
        deal_id
    from {{ entity }}
    where lead_id is not null and deal_id is not null
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

-- What the CRM itself links, by the first lead of each deal.
crm_links as (
    select
        leads.lead_id,
        deals.deal_id,
        deals.created_at
    from told as links
    left join survivors as lead_merges
        on lead_merges.entity = 'leads' and links.lead_id = lead_merges.loser_id
    left join survivors as deal_merges
        on deal_merges.entity = 'deals' and links.deal_id = deal_merges.loser_id
    inner join leads on coalesce(lead_merges.survivor_id, links.lead_id) = leads.lead_id
    inner join deals on coalesce(deal_merges.survivor_id, links.deal_id) = deals.deal_id
    qualify row_number() over (
        partition by deals.deal_id order by leads.created_at, leads.lead_id
    ) = 1
),

-- The deals of a lead stand for its orders one by one, but for those that an order names.
free_deals as (
    select
        crm_links.lead_id,
        crm_links.deal_id,
        row_number() over (
            partition by crm_links.lead_id order by crm_links.created_at, crm_links.deal_id
        ) as deal_no
    from crm_links
    anti join pointed using (deal_id)
),

free_orders as (
    select
        lead_id,
        order_key,
        row_number() over (partition by lead_id order by created_at, order_key) as deal_no
    from pointed
    where lead_id is not null and deal_id is null
),

counted as (
    select
        pointed.order_key,
        pointed.lead_id,
        coalesce(pointed.deal_id, free_deals.deal_id) as deal_id
    from pointed
    left join free_orders using (order_key)
    left join free_deals
        on
            free_orders.lead_id = free_deals.lead_id
            and free_orders.deal_no = free_deals.deal_no
),

-- Where the CRM links no lead to a deal its orders do: the first of those they name.
order_links as (
    select
        counted.deal_id,
        leads.lead_id
    from counted
    inner join leads using (lead_id)
    where counted.deal_id is not null
    qualify row_number() over (
        partition by counted.deal_id order by leads.created_at, leads.lead_id
    ) = 1
),

-- What the CRM does not have the order makes, by its key; a deal of the CRM needs no lead.
linked as (
    select
        orders.source,
        orders.order_id,
        orders.order_key,
        orders.created_at,
        orders.phone,
        orders.email,
        orders.messenger,
        orders.client_id,
        coalesce(
            crm_links.lead_id,
            order_links.lead_id,
            counted.lead_id,
            case when counted.deal_id is null then orders.order_key end
        ) as lead_id,
        coalesce(counted.deal_id, orders.order_key) as deal_id
    from orders
    inner join counted using (order_key)
    left join crm_links on counted.deal_id = crm_links.deal_id
    left join order_links on counted.deal_id = order_links.deal_id
)

select * from linked
