with

leads as (
    select * from {{ landed('hubspot', 'leads') }}
),

deals as (
    select * from {{ landed('hubspot', 'deals') }}
),

archived_deals as (
    select * from {{ landed('hubspot', 'archived_deals') }}
),

present as (
    select * from {{ ref('stg_hubspot__present') }}
),

seen as (
    select
        'leads' as kind,
        source,
        id,
        pipeline as pipeline_id,
        stage as stage_id,
        owner_id,
        cast(null as {{ landed_money() }}) as amount,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as timestamp) as closed_at,
        contact_id,
        junk_reason as reason,
        created_at,
        updated_at
    from leads
    union all
    select
        'deals' as kind,
        source,
        id,
        pipeline as pipeline_id,
        dealstage as stage_id,
        owner_id,
        amount,
        currency,
        closed_at,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        lost_reason as reason,
        created_at,
        updated_at
    from deals
    union all
    select
        'deals' as kind,
        source,
        id,
        pipeline as pipeline_id,
        dealstage as stage_id,
        owner_id,
        amount,
        currency,
        closed_at,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        lost_reason as reason,
        created_at,
        updated_at
    from archived_deals
),

newest as (
    select * from seen
    qualify row_number() over (
        partition by kind, source, id
        order by updated_at desc nulls last, stage_id asc nulls last
    ) = 1
),

cards as (
    select
        newest.kind,
        newest.source,
        newest.id,
        newest.pipeline_id,
        newest.stage_id,
        newest.owner_id,
        newest.amount,
        newest.currency,
        newest.closed_at,
        newest.contact_id,
        newest.reason,
        present.is_archived as is_deleted,
        newest.created_at,
        newest.updated_at
    from newest
    inner join present
        on
            newest.kind = present.kind
            and newest.source = present.source
            and newest.id = present.id
)

select * from cards
