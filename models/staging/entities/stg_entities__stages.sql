with landed as (
    select * from {{ source('landing', 'stages') }}
),

renamed as (
    select
        source,
        -- ids
        pipeline_id,
        stage_id,
        -- text
        pipeline_name,
        stage_name,
        semantics,
        -- numbers
        stage_order,
        probability,
        -- booleans
        coalesce(is_deleted, false) as is_deleted,
        -- dates and times
        updated_at
    from landed
)

select * from renamed
