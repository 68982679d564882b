with

associated as (
    select * from {{ ref('stg_hubspot__associated') }}
    where kind in ('calls', 'emails', 'communications', 'tasks')
),

activity_links as (
    select
        source,
        kind,
        id,
        max(case when other_kind = 'contacts' then other_id end) as contact_id,
        max(case when other_kind = 'leads' then other_id end) as lead_id,
        max(case when other_kind = 'deals' then other_id end) as deal_id
    from associated
    group by source, kind, id
)

select * from activity_links
