with

identities as (
    select * from {{ ref('int_customers__identified') }}
),

contacts as (
    select * from {{ ref('stg_entities__contacts') }}
    where created_at is null or created_at < {{ as_of_end() }}
),

leads as (
    select * from {{ ref('int_leads__surviving') }}
),

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

mentions as (
    select
        identities.customer_id,
        contacts.segment,
        contacts.country,
        contacts.city,
        contacts.contact_id as record_id,
        contacts.created_at as seen_at,
        case
            when identities.contact_id = identities.survivor_contact_id then 1
            else 2
        end as priority
    from identities
    inner join contacts
        on identities.contact_id = contacts.contact_id

    union all

    select
        identities.customer_id,
        leads.segment,
        leads.country,
        leads.city,
        leads.lead_id as record_id,
        leads.created_at as seen_at,
        3 as priority
    from identities
    inner join leads
        on
            identities.record_type = 'lead'
            and identities.record_id = leads.lead_id

    union all

    select
        identities.customer_id,
        null as segment,
        null as country,
        null as city,
        deals.deal_id as record_id,
        deals.created_at as seen_at,
        4 as priority
    from identities
    inner join deals
        on
            identities.record_type = 'deal'
            and identities.record_id = deals.deal_id

    union all

    select
        customer_id,
        null as segment,
        null as country,
        null as city,
        customer_id as record_id,
        stranger_since as seen_at,
        5 as priority
    from {{ ref('int_customers__reached') }}
    where stranger_since is not null
),

-- The surviving contact's own word comes first, then that of the merged ones,
-- then what the leads say, the latest first.
ordered as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by priority asc, seen_at desc nulls last, record_id asc
        ) as mention_no
    from mentions
),

described as (
    select
        customer_id,
        {%- for column in ['segment', 'country', 'city'] %}
        min_by({{ column }}, mention_no) filter (where {{ column }} is not null)
            as {{ column }},
        {%- endfor %}
        min(seen_at) as first_seen_at
    from ordered
    group by customer_id
)

select * from described
