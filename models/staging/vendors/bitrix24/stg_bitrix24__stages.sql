with

stages as (
    select * from {{ ref('stg_bitrix24__known_stages') }}
),

options as (
    select * from {{ source('bitrix24', 'options') }}
    where name = 'post_won_stages'
),

renamed as (
    select
        stages.source,
        -- ids
        stages.pipeline_id,
        stages.stage_id,
        -- text
        stages.pipeline_name,
        stages.stage_name,
        case
            when options.value is not null then 'post_won'
            when stages.semantics = 'S' then 'won'
            when stages.semantics = 'F' then 'lost'
            else 'open'
        end as semantics,
        -- numbers
        -- What is behind the win may stand in a pipeline of its own.
        stages.sort
        + case when options.value is not null then 100000 else 0 end
            as stage_order,
        cast(null as decimal(18, 6)) as probability,
        -- booleans
        stages.is_deleted,
        -- dates and times
        cast(null as timestamp) as updated_at
    from stages
    left join options
        on
            stages.source = options.source
            and stages.stage_id = options.value
            and stages.pipeline_id != 'STATUS'
)

select * from renamed
