with

records as (
    select * from {{ ref('int_customers__records') }}
),

components as (
    select * from {{ ref('int_customers__components') }}
),

-- A client is spoken to about the last lead: the next one ends what came before.
leads as (
    select
        leads.lead_id,
        leads.contact_id,
        components.customer_id,
        leads.created_at,
        lead(leads.created_at) over (
            partition by components.customer_id
            order by leads.created_at, leads.lead_id
        ) as next_created_at
    from {{ ref('int_leads__surviving') }} as leads
    inner join records
        on
            records.record_type = 'lead'
            and leads.lead_id = records.record_id
    inner join components
        on records.anchor = components.anchor
),

anchored as (
    {{ anchored(ref('int_customers__statements'), 'records') }}
),

statements as (
    select * from anchored
    where kind in ('phone', 'email') and record_type in ('lead', 'contact')
),

identifiers as (
    select * from {{ ref('stg_identity__identifiers') }}
),

-- What the lead says of itself, and what the contact says that the CRM says it is of.
given as (
    select
        leads.lead_id,
        statements.kind,
        statements.value
    from leads
    inner join statements
        on
            statements.record_type = 'lead'
            and leads.lead_id = statements.record_id
    union
    select
        leads.lead_id,
        statements.kind,
        statements.value
    from leads
    inner join statements
        on
            statements.record_type = 'contact'
            and 'contact:' || leads.contact_id = statements.anchor
),

spelled as (
    select distinct
        given.lead_id,
        given.kind,
        identifiers.raw_value
    from given
    inner join identifiers
        on
            given.kind = identifiers.kind
            and given.value = identifiers.value
),

addresses as (
    select
        leads.lead_id,
        leads.customer_id,
        spelled.kind,
        spelled.raw_value,
        leads.created_at,
        leads.next_created_at
    from leads
    inner join spelled
        on leads.lead_id = spelled.lead_id

    union all

    select
        lead_id,
        customer_id,
        'contact' as kind,
        contact_id as raw_value,
        created_at,
        next_created_at
    from leads
    where contact_id is not null
)

select * from addresses
