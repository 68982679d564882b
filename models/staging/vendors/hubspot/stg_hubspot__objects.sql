with

contacts as (
    select * from {{ landed('hubspot', 'contacts') }}
),

leads as (
    select * from {{ landed('hubspot', 'leads') }}
),

deals as (
    select * from {{ landed('hubspot', 'deals') }}
),

archived_deals as (
    select * from {{ landed('hubspot', 'archived_deals') }}
),

activities as (
    select * from {{ ref('stg_hubspot__activities') }}
),

archived as (
    select * from {{ landed('hubspot', 'archived') }}
),

seen as (
    select
        'contacts' as kind,
        source,
        id,
        merged_ids,
        updated_at
    from contacts
    union all
    select
        'leads' as kind,
        source,
        id,
        merged_ids,
        updated_at
    from leads
    union all
    select
        'deals' as kind,
        source,
        id,
        merged_ids,
        updated_at
    from deals
    union all
    select
        'deals' as kind,
        source,
        id,
        merged_ids,
        updated_at
    from archived_deals
    union all
    select
        kind,
        source,
        id,
        cast(null as {{ dbt.type_string() }}) as merged_ids,
        updated_at
    from activities
),

newest as (
    select * from seen
    qualify row_number() over (
        partition by kind, source, id order by updated_at desc nulls last
    ) = 1
),

-- One that changed after it was archived has been restored, even if it was not
-- looked for yet.
objects as (
    select
        newest.*,
        coalesce(
            archived.archived_at >= newest.updated_at
            and not coalesce(archived.is_restored, false),
            false
        ) as is_archived
    from newest
    left join archived
        on
            newest.kind = archived.kind
            and newest.source = archived.source
            and newest.id = archived.id
)

select * from objects
