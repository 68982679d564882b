with

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
),

-- Leads and deals that survive, each with whom the CRM itself says it is of.
survivors as (
    select
        'lead' as record_type,
        lead_id as record_id,
        source,
        created_at as seen_at,
        contact_id,
        null as company_id
    from {{ ref('int_leads__surviving') }}

    union all

    -- A company is a word of last resort: people of one company are not one person.
    select
        'deal' as record_type,
        deals.deal_id as record_id,
        deals.source,
        deals.created_at as seen_at,
        deals.contact_id,
        case when lead_deals.deal_id is null then deals.company_id end
            as company_id
    from {{ ref('int_deals__surviving') }} as deals
    left join lead_deals
        on
            deals.deal_id = lead_deals.deal_id
            and lead_deals.lead_no = 1
),

anchored as (
    select
        record_type,
        record_id,
        source,
        seen_at,
        contact_id,
        coalesce(
            'contact:' || contact_id,
            'company:' || company_id,
            record_type || ':' || record_id
        ) as anchor,
        case
            when contact_id is not null then 'contact_id'
            when company_id is not null then 'company_id'
        end as joined_by
    from survivors
)

select * from anchored
