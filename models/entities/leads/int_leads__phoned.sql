with

customers as (
    select * from {{ ref('int_customers__identified') }}
    where record_type = 'lead'
),

-- A client is spoken to about the last lead: the next one ends what came before.
leads as (
    select
        leads.lead_id,
        leads.contact_id,
        customers.customer_id,
        leads.created_at,
        lead(leads.created_at) over (
            partition by customers.customer_id
            order by leads.created_at, leads.lead_id
        ) as next_created_at
    from {{ ref('int_leads__surviving') }} as leads
    inner join customers
        on leads.lead_id = customers.record_id
),

statements as (
    select * from {{ ref('int_customers__statements') }}
    where kind = 'phone' and record_type in ('lead', 'contact')
),

-- The numbers of the lead, and those of the contact that the CRM says it is of.
numbers as (
    select
        leads.lead_id,
        statements.value
    from leads
    inner join statements
        on
            statements.record_type = 'lead'
            and leads.lead_id = statements.record_id
    union
    select
        leads.lead_id,
        statements.value
    from leads
    inner join statements
        on
            statements.record_type = 'contact'
            and 'contact:' || leads.contact_id = statements.anchor
),

identifiers as (
    select * from {{ ref('stg_identity__identifiers') }}
    where kind = 'phone'
),

-- A number that several customers share names none of them.
reached as (
    select * from {{ ref('int_customers__reached') }}
    where kind = 'phone'
),

-- What names a lead or a deal is of that.
sessions as (
    select
        sessions.*,
        reached.customer_id
    from {{ ref('int_calls__sessions') }} as sessions
    inner join reached
        on sessions.client_phone = reached.raw_value
    where sessions.lead_id is null and sessions.deal_id is null
),

phoned as (
    select
        leads.lead_id,
        sessions.source,
        sessions.session_id,
        sessions.started_at,
        sessions.direction,
        sessions.status
    from sessions
    inner join leads
        on
            sessions.customer_id = leads.customer_id
            and sessions.started_at >= leads.created_at
            and (leads.next_created_at is null or sessions.started_at < leads.next_created_at)
    where
        exists (
            select 1
            from numbers
            inner join identifiers
                on numbers.value = identifiers.value
            where
                leads.lead_id = numbers.lead_id
                and sessions.client_phone = identifiers.raw_value
        )
)

select * from phoned
