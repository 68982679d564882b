with

contacts as (
    select * from {{ ref('int_contacts__resolved') }}
),

cards as (
    select * from {{ ref('stg_entities__contacts') }}
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where lead_no = 1
),

named as (
    select
        'contact' as record_type,
        contacts.contact_id as record_id,
        contacts.source,
        cards.created_at as seen_at,
        contacts.survivor_contact_id as contact_id,
        'contact:' || contacts.survivor_contact_id as anchor,
        case
            when contacts.contact_id != contacts.survivor_contact_id
                then 'crm_merge'
        end as joined_by
    from contacts
    left join cards using (contact_id)
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
        on deals.deal_id = lead_deals.deal_id
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
),

born as (
    {%- for entity, id in [('leads', 'lead_id'), ('deals', 'deal_id')] %}
    select
        '{{ entity }}' as entity,
        {{ id }} as record_id,
        source,
        created_at as seen_at
    from {{ ref('stg_entities__' ~ entity) }}
    where created_at < {{ as_of_end() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

merged as (
    select
        anchored.record_type,
        born.record_id,
        born.source,
        born.seen_at,
        anchored.contact_id,
        anchored.anchor,
        'crm_merge' as joined_by
    from {{ ref('int_merges__resolved') }} as losers
    inner join born
        on
            losers.entity = born.entity
            and losers.loser_id = born.record_id
    inner join anchored
        on
            losers.entity = anchored.record_type || 's'
            and losers.survivor_id = anchored.record_id
),

records as (
    select * from named
    union all
    select * from anchored
    union all
    select * from merged
)

select * from records
