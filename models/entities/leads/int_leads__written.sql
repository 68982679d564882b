{%- set kinds = {'contact': 'contact_id', 'phone': 'phone', 'email': 'email'} -%}

with

-- Nobody speaks to a client where a program writes.
messages as (
    select * from {{ ref('int_messages__resolved') }}
    where not is_automatic
),

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where lead_no = 1
),

-- What several customers share names none of them.
addresses as (
    select addresses.*
    from {{ ref('int_leads__addresses') }} as addresses
    left join {{ ref('int_customers__reached') }} as reached
        on
            addresses.kind = reached.kind
            and addresses.raw_value = reached.raw_value
    where addresses.kind = 'contact' or addresses.customer_id = reached.customer_id
),

named as (
    select
        coalesce(messages.lead_id, lead_deals.lead_id) as lead_id,
        messages.message_id
    from messages
    left join lead_deals
        on messages.deal_id = lead_deals.deal_id
    where messages.lead_id is not null or messages.deal_id is not null
),

-- A message that names no lead and no deal may be found by several of its addresses.
matched as (
    select
        named.lead_id,
        named.message_id,
        'link' as matched_by,
        1 as priority
    from named
    {%- for kind, column in kinds.items() %}

    union all

    select
        addresses.lead_id,
        messages.message_id,
        '{{ kind }}' as matched_by,
        {{ loop.index + 1 }} as priority
    from messages
    inner join addresses
        on
            addresses.kind = '{{ kind }}'
            and messages.{{ column }} = addresses.raw_value
            and (
                addresses.next_created_at is null
                or messages.sent_at < addresses.next_created_at
            )
    where messages.lead_id is null and messages.deal_id is null
    {%- endfor %}
),

written as (
    select
        matched.lead_id,
        messages.source,
        messages.message_id,
        messages.sent_at,
        messages.direction,
        matched.matched_by
    from matched
    inner join messages
        on matched.message_id = messages.message_id
    inner join leads
        on
            matched.lead_id = leads.lead_id
            and messages.sent_at >= leads.created_at
    qualify row_number() over (
        partition by matched.lead_id, matched.message_id
        order by matched.priority
    ) = 1
),

started as (
    select
        *,
        min(case when direction = 'in' then sent_at end) over (partition by lead_id)
            as first_in_at,
        min(case when direction = 'out' then sent_at end) over (partition by lead_id)
            as first_out_at
    from written
),

final as (
    select
        lead_id,
        source,
        message_id,
        sent_at,
        direction,
        matched_by,
        coalesce(sent_at >= first_in_at and sent_at >= first_out_at, false) as is_contact
    from started
)

select * from final
