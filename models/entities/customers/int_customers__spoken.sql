with

records as (
    select * from {{ ref('int_customers__records') }}
),

-- One row per record that says how somebody is reached.
speakers as (
    select
        'contact' as record_type,
        contact_id as record_id,
        company_id,
        phones as phone,
        emails as email,
        messengers as messenger,
        null as client_id
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
        client_id
    from {{ ref('stg_entities__leads') }}
),

-- A lead or deal without a contact is of whoever is on the phone about it.
calls as (
    select distinct
        case when deal_id is not null then 'deal' else 'lead' end as record_type,
        coalesce(deal_id, lead_id) as record_id,
        client_phone as phone
    from {{ ref('int_calls__linked') }}
    where direction != 'internal' and started_at < {{ as_of_end() }}
),

-- One row per distinct thing that touches say. One identifier alone ties nothing.
touches as (
    select
        case
            when lead_id is not null then 'lead'
            when contact_id is not null then 'contact'
            else 'touch'
        end as record_type,
        coalesce(lead_id, contact_id, min(touchpoint_id)) as record_id,
        phone,
        email,
        client_id
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

spoken as (
    select
        speakers.*,
        records.anchor
    from speakers
    inner join records
        on
            speakers.record_type = records.record_type
            and speakers.record_id = records.record_id

    union

    select
        calls.record_type,
        calls.record_id,
        null as company_id,
        calls.phone,
        null as email,
        null as messenger,
        null as client_id,
        records.anchor
    from calls
    inner join records
        on
            calls.record_type = records.record_type
            and calls.record_id = records.record_id
    where records.joined_by is null

    union

    select
        touches.record_type,
        touches.record_id,
        null as company_id,
        touches.phone,
        touches.email,
        null as messenger,
        touches.client_id,
        coalesce(records.anchor, 'touch:' || touches.record_id) as anchor
    from touches
    left join records
        on
            touches.record_type = records.record_type
            and touches.record_id = records.record_id
    where records.record_id is not null or touches.record_type = 'touch'
)

select * from spoken
