with landed as (
    select * from {{ source('landing', 'plans') }}
),

renamed as (
    select
        source,
        -- ids
        kpi,
        scope_id,
        -- text
        scope_type,
        -- numbers
        value,
        coalesce(version, 1) as version,
        -- dates and times
        period_start,
        period_end,
        set_at,
        updated_at
    from landed
)

select * from renamed
