{#- What an order tells of the lead that it makes, and what it does not. -#}
{%- set told = [
    'source', 'created_at', 'contact_id', 'client_id', 'utm_source', 'utm_medium',
    'utm_campaign', 'utm_content', 'utm_term', 'city',
] -%}
{%- set untold = [
    'owner_id', 'qualified_at', 'converted_at', 'channel', 'click_id', 'referrer',
    'landing_page', 'segment', 'country', 'status', 'junk_reason', 'is_test',
] -%}

with

leads as (
    select * from {{ ref('stg_entities__leads') }}
    where created_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
),

contacts as (
    select * from {{ ref('stg_entities__contacts') }}
),

-- The orders that the CRM has no lead of.
orders as (
    select placed.*
    from {{ ref('int_orders__placed') }} as placed
    inner join {{ ref('int_orders__linked') }} as linked
        on
            placed.order_key = linked.order_key
            and placed.order_key = linked.lead_id
),

marked as (
    select * from {{ ref('int_records__marked') }}
    where record_type = 'lead'
),

surviving as (
    select
        {%- for column in told + untold %}
        leads.{{ column }},
        {%- endfor %}
        leads.lead_id,
        leads.source_type,
        false as is_made_of_order
    from leads
    anti join survivors
        on
            survivors.entity = 'leads'
            and leads.lead_id = survivors.loser_id
            and survivors.survivor_id is not null

    union all

    select
        {%- for column in told %}
        {{ column }},
        {%- endfor %}
        {%- for column in untold %}
        null as {{ column }},
        {%- endfor %}
        order_key as lead_id,
        'order' as source_type,
        true as is_made_of_order
    from orders
),

repointed as (
    select
        surviving.source,
        surviving.lead_id,
        coalesce(contact_merges.survivor_id, surviving.contact_id) as contact_id,
        coalesce(user_merges.survivor_id, surviving.owner_id, 'unassigned')
            as owner_id,
        surviving.created_at,
        case when surviving.qualified_at < {{ as_of_end() }} then surviving.qualified_at end
            as qualified_at,
        case when surviving.converted_at < {{ as_of_end() }} then surviving.converted_at end
            as converted_at,
        surviving.source_type,
        surviving.is_made_of_order,
        surviving.channel,
        surviving.utm_source,
        surviving.utm_medium,
        surviving.utm_campaign,
        surviving.utm_content,
        surviving.utm_term,
        surviving.click_id,
        surviving.client_id,
        surviving.referrer,
        surviving.landing_page,
        coalesce(surviving.segment, contacts.segment) as segment,
        coalesce(surviving.country, contacts.country) as country,
        coalesce(surviving.city, contacts.city) as city,
        surviving.status,
        surviving.junk_reason,
        coalesce(surviving.is_test, false) or marked.record_id is not null as is_test
    from surviving
    left join survivors as contact_merges
        on
            contact_merges.entity = 'contacts'
            and surviving.contact_id = contact_merges.loser_id
    left join survivors as user_merges
        on
            user_merges.entity = 'users'
            and surviving.owner_id = user_merges.loser_id
    left join contacts
        on coalesce(contact_merges.survivor_id, surviving.contact_id) = contacts.contact_id
    left join marked
        on surviving.lead_id = marked.record_id
)

select * from repointed
