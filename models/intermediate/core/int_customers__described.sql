with

identities as (
    select * from {{ ref('int_customers__identified') }}
),

contacts as (
    select * from {{ ref('stg_entities__contacts') }}
    where created_at is null or created_at < {{ as_of_end() }}
),

leads as (
    select * from {{ ref('int_leads__conformed') }}
),

deals as (
    select * from {{ ref('int_deals__conformed') }}
),

-- The surviving contact's own word comes first, then what the leads say, the
-- latest first.
mentions as (
    select
        identities.customer_id,
        contacts.segment,
        contacts.country,
        contacts.city,
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
        customer_id,
        segment,
        country,
        city,
        created_at as seen_at,
        3 as priority
    from leads

    union all

    select
        customer_id,
        null as segment,
        null as country,
        null as city,
        created_at as seen_at,
        4 as priority
    from deals
),

described as (
    select
        customer_id,
        {%- for column in ['segment', 'country', 'city'] %}
        min_by({{ column }}, priority) filter (where {{ column }} is not null)
            as {{ column }},
        {%- endfor %}
        min(seen_at) as first_seen_at
    from mentions
    group by customer_id
)

select * from described
