{#- What an order tells of the deal that it makes, and what it does not; its money comes later. -#}
{%- set told = ['source', 'pipeline_id', 'created_at', 'contact_id', 'currency'] -%}
{%- set untold = [
    'company_id', 'owner_id', 'updated_at', 'amount', 'cost', 'product', 'expected_close_on',
    'is_test',
] -%}

with

deals as (
    select * from {{ ref('stg_entities__deals') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

-- The orders that the CRM has no deal of.
orders as (
    select
        placed.*,
        linked.lead_id as own_lead_id
    from {{ ref('int_orders__placed') }} as placed
    inner join {{ ref('int_orders__linked') }} as linked
        on
            placed.order_key = linked.order_key
            and placed.order_key = linked.deal_id
),

marked as (
    select * from {{ ref('int_records__marked') }}
    where record_type = 'deal'
),

surviving as (
    select
        {%- for column in told + untold %}
        deals.{{ column }},
        {%- endfor %}
        deals.deal_id,
        deals.lead_id,
        deals.stage_id,
        deals.status,
        deals.closed_at,
        deals.lost_reason,
        false as is_made_of_order
    from deals
    anti join survivors
        on
            survivors.entity = 'deals'
            and deals.deal_id = survivors.loser_id
            and survivors.survivor_id is not null

    union all

    select
        {%- for column in told %}
        {{ column }},
        {%- endfor %}
        {%- for column in untold %}
        null as {{ column }},
        {%- endfor %}
        order_key as deal_id,
        own_lead_id as lead_id,
        -- On its way before it is paid, it stands where it stood.
        pipeline_id || ':' || case
            when status = 'shipped' and is_payment_told and won_at is null then 'new'
            else status
        end as stage_id,
        case
            when lost_at is not null then 'lost'
            when won_at is not null then 'won'
            else 'open'
        end as status,
        coalesce(lost_at, won_at) as closed_at,
        case when lost_at is not null then status end as lost_reason,
        true as is_made_of_order
    from orders
),

repointed as (
    select
        surviving.source,
        surviving.deal_id,
        surviving.pipeline_id,
        coalesce(contacts.survivor_id, surviving.contact_id) as contact_id,
        surviving.company_id,
        coalesce(leads.survivor_id, surviving.lead_id) as lead_id,
        coalesce(users.survivor_id, surviving.owner_id, 'unassigned')
            as owner_id,
        surviving.stage_id,
        surviving.status,
        surviving.lost_reason,
        surviving.updated_at,
        surviving.closed_at,
        surviving.created_at,
        surviving.amount,
        coalesce(upper(surviving.currency), '{{ var("base_currency") }}')
            as currency,
        surviving.cost,
        surviving.product,
        surviving.expected_close_on,
        surviving.is_made_of_order,
        coalesce(surviving.is_test, false) or marked.record_id is not null as is_test
    from surviving
    left join survivors as contacts
        on
            contacts.entity = 'contacts'
            and surviving.contact_id = contacts.loser_id
    left join survivors as leads
        on
            leads.entity = 'leads'
            and surviving.lead_id = leads.loser_id
    left join survivors as users
        on
            users.entity = 'users'
            and surviving.owner_id = users.loser_id
    left join marked
        on surviving.deal_id = marked.record_id
)

select * from repointed
