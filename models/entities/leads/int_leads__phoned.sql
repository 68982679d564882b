with

addresses as (
    select * from {{ ref('int_leads__addresses') }}
    where kind = 'phone'
),

-- A number that several customers share names none of them.
reached as (
    select * from {{ ref('int_customers__reached') }}
    where kind = 'phone'
),

-- What names a lead or a deal is of that.
sessions as (
    select * from {{ ref('int_calls__sessions') }}
    where lead_id is null and deal_id is null
),

phoned as (
    select
        addresses.lead_id,
        sessions.source,
        sessions.session_id,
        sessions.started_at,
        sessions.direction,
        sessions.status
    from sessions
    inner join reached
        on sessions.client_phone = reached.raw_value
    inner join addresses
        on
            sessions.client_phone = addresses.raw_value
            and reached.customer_id = addresses.customer_id
            and sessions.started_at >= addresses.created_at
            and (
                addresses.next_created_at is null
                or sessions.started_at < addresses.next_created_at
            )
)

select * from phoned
