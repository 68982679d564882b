with

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'contacts' and survivor_id is not null
),

-- Contacts are also known from the records that name them.
mentions as (
    select
        source,
        contact_id,
        1 as priority
    from {{ ref('stg_entities__contacts') }}

    union all

    select
        source,
        contact_id,
        2 as priority
    from {{ ref('int_deals__surviving') }}

    union all

    select
        source,
        contact_id,
        3 as priority
    from {{ ref('int_leads__surviving') }}

    union all

    select
        null as source,
        loser_id as contact_id,
        4 as priority
    from survivors
),

resolved as (
    select
        mentions.contact_id,
        min_by(
            mentions.source, concat(mentions.priority, mentions.source)
        ) as source,
        coalesce(survivors.survivor_id, mentions.contact_id)
            as survivor_contact_id
    from mentions
    left join survivors
        on mentions.contact_id = survivors.loser_id
    where mentions.contact_id is not null
    group by mentions.contact_id, survivors.survivor_id
)

select * from resolved
