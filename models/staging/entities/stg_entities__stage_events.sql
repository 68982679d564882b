with landed as (
    select * from {{ source('landing', 'stage_events') }}
),

renamed as (
    select
        source,
        -- ids
        deal_id,
        lead_id,
        from_stage_id,
        to_stage_id,
        pipeline_id,
        -- text
        changed_by,
        _file as file_name,
        -- numbers
        sequence,
        _row as file_row,
        -- dates and times
        changed_at,
        updated_at
    from landed
)

select * from renamed
