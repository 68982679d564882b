{%- set moments = [
    'created', 'paid', 'shipped', 'delivered', 'won', 'cancelled', 'returned',
] -%}
{%- set measures = ['revenue', 'returned_amount', 'list_amount', 'cost', 'returned_cost'] -%}

with

orders as (
    select * from {{ ref('int_orders__placed') }}
),

links as (
    select * from {{ ref('int_orders__linked') }}
),

valued as (
    select * from {{ ref('int_orders__valued') }}
),

customers as (
    select * from {{ ref('int_customers__identified') }}
    where record_type = 'deal'
),

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

marked as (
    select * from {{ ref('int_records__marked') }}
    where record_type = 'lead'
),

joined as (
    select
        orders.source,
        orders.order_id,
        orders.shop,
        orders.status,
        {%- for moment in moments %}
        orders.{{ moment }}_at,
        {{ business_date('orders.' ~ moment ~ '_at') }} as {{ moment }}_on,
        {%- endfor %}
        customers.customer_id,
        links.lead_id,
        links.deal_id,
        coalesce(links.lead_id = orders.order_key, false) as is_lead_made,
        links.deal_id = orders.order_key as is_deal_made,
        orders.city,
        orders.currency,
        coalesce(valued.lines_count, 0) as lines_count,
        valued.units,
        valued.returned_units,
        {%- for measure in measures %}
        valued.{{ measure }},
        valued.{{ measure }}_base,
        {%- endfor %}
        coalesce(leads.is_test, false) or deals.is_test or marked.record_id is not null as is_test
    from orders
    inner join links
        on orders.order_key = links.order_key
    left join leads
        on links.lead_id = leads.lead_id
    inner join deals
        on links.deal_id = deals.deal_id
    inner join customers
        on links.deal_id = customers.record_id
    left join marked
        on orders.order_key = marked.record_id
    left join valued
        on
            orders.source = valued.source
            and orders.order_id = valued.order_id
)

select * from joined
