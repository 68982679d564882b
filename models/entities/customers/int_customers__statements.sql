with

identifiers as (
    select * from {{ ref('stg_identity__identifiers') }}
),

-- What contacts, leads, orders, calls, messages and touches say of how somebody is reached.
said as (
    select
        'contact' as record_type,
        contact_id as record_id,
        company_id,
        phones as phone,
        emails as email,
        messengers as messenger,
        null as client_id,
        false as is_talk
    from {{ ref('stg_entities__contacts') }}
    where created_at is null or created_at < {{ as_of_end() }}

    union all

    select
        'lead' as record_type,
        lead_id as record_id,
        null as company_id,
        phone,
        email,
        messenger,
        client_id,
        false as is_talk
    from {{ ref('stg_entities__leads') }}

    union all

    -- What an order says its lead says, or its deal if that has none.
    select
        case when lead_id is null then 'deal' else 'lead' end as record_type,
        coalesce(lead_id, deal_id) as record_id,
        null as company_id,
        phone,
        email,
        messenger,
        client_id,
        lead_id is null as is_talk
    from {{ ref('int_orders__linked') }}

    union all

    {% for talks, phone, email, time in [
        (ref('int_calls__linked'), 'client_phone', 'null', 'started_at'),
        (ref('stg_entities__messages'), 'phone', 'email', 'sent_at'),
    ] -%}
    select distinct
        case when deal_id is not null then 'deal' else 'lead' end as record_type,
        coalesce(deal_id, lead_id) as record_id,
        null as company_id,
        {{ phone }} as phone,
        {{ email }} as email,
        null as messenger,
        null as client_id,
        true as is_talk
    from {{ talks }}
    where
        direction != 'internal'
        and {{ time }} < {{ as_of_end() }}
        and coalesce(deal_id, lead_id) is not null

    union all

    {% endfor -%}
    -- One row per distinct thing that touches say. One identifier alone ties nothing.
    select
        case
            when lead_id is not null then 'lead'
            when contact_id is not null then 'contact'
            else 'touch'
        end as record_type,
        coalesce(lead_id, contact_id, min(touchpoint_id)) as record_id,
        null as company_id,
        phone,
        email,
        null as messenger,
        client_id,
        false as is_talk
    from {{ ref('stg_entities__touchpoints') }}
    where
        occurred_at < {{ as_of_end() }}
        and (
            lead_id is not null
            or contact_id is not null
            or (phone is not null and email is not null)
            or (client_id is not null and coalesce(phone, email) is not null)
        )
    group by lead_id, contact_id, phone, email, client_id
),

statements as (
    {{ statements(
        'said', 'identifiers', ['record_type', 'record_id', 'company_id', 'is_talk'], ['client_id']
    ) }}
)

select * from statements
