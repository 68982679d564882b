with

noted as (
    select * from {{ ref('stg_bitrix24__noted_calls') }}
    where session_id is not null
),

renamed as (
    select
        source,
        -- ids
        session_id,
        min(lead_id) as lead_id,
        min(deal_id) as deal_id,
        -- times
        cast(null as timestamp) as updated_at
    from noted
    group by source, session_id
)

select * from renamed
where lead_id is not null or deal_id is not null
