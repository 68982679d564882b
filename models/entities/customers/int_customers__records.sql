with

losers as (
    select * from {{ ref('int_merges__resolved') }}
    where survivor_id is not null
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where lead_no = 1
),

-- Leads and deals that survive, each with whom the CRM itself says it is of.
anchored as (
    select
        'lead' as record_type,
        lead_id as record_id,
        source,
        created_at as seen_at,
        contact_id,
        coalesce('contact:' || contact_id, 'lead:' || lead_id) as anchor,
        case when contact_id is not null then 'contact_id' end as joined_by
    from {{ ref('int_leads__surviving') }}

    union all

    -- A company is a word of last resort: people of one company are not one person.
    select
        'deal' as record_type,
        deals.deal_id as record_id,
        deals.source,
        deals.created_at as seen_at,
        deals.contact_id,
        coalesce(
            'contact:' || deals.contact_id,
            case when lead_deals.deal_id is null then 'company:' || deals.company_id end,
            'deal:' || deals.deal_id
        ) as anchor,
        case
            when deals.contact_id is not null then 'contact_id'
            when lead_deals.deal_id is null and deals.company_id is not null then 'company_id'
        end as joined_by
    from {{ ref('int_deals__surviving') }} as deals
    left join lead_deals
        on deals.deal_id = lead_deals.deal_id
),

-- Contacts are also known from the records that name them.
mentions as (
    select
        contact_id,
        1 as priority,
        source,
        created_at as seen_at
    from {{ ref('stg_entities__contacts') }}

    union all

    select
        contact_id,
        case record_type when 'deal' then 2 else 3 end as priority,
        source,
        null as seen_at
    from anchored
    where contact_id is not null

    union all

    select
        loser_id as contact_id,
        4 as priority,
        null as source,
        null as seen_at
    from losers
    where entity = 'contacts'
),

contacts as (
    select
        'contact' as record_type,
        mentions.contact_id as record_id,
        min_by(mentions.source, concat(mentions.priority, mentions.source)) as source,
        min(mentions.seen_at) as seen_at,
        coalesce(losers.survivor_id, mentions.contact_id) as contact_id,
        'contact:' || coalesce(losers.survivor_id, mentions.contact_id) as anchor,
        case when losers.survivor_id is not null then 'crm_merge' end as joined_by
    from mentions
    left join losers
        on
            losers.entity = 'contacts'
            and mentions.contact_id = losers.loser_id
    group by mentions.contact_id, losers.survivor_id
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
    from losers
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
    select * from contacts
    union all
    select * from anchored
    union all
    select * from merged
)

select * from records
