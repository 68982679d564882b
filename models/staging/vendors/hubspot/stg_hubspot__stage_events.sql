with

moves as (
    select * from {{ ref('stg_hubspot__stage_moves') }}
),

renamed as (
    select
        source,
        -- ids
        case when kind = 'deals' then id end as deal_id,
        case when kind = 'leads' then id end as lead_id,
        from_stage_id,
        to_stage_id,
        pipeline_id,
        -- text
        changed_by,
        -- numbers
        sequence,
        -- dates and times
        changed_at,
        cast(null as timestamp) as updated_at
    from moves
)

select * from renamed
