with

stages as (
    select * from {{ ref('stg_hubspot__known_stages') }}
),

options as (
    select * from {{ ref('stg_config__options') }}
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
            when options.name = 'post_won_stages' then 'post_won'
            when options.name = 'qualified_stages' then 'won'
            when options.name = 'unqualified_stages' then 'lost'
            when stages.lead_state = 'QUALIFIED' then 'won'
            when stages.lead_state = 'UNQUALIFIED' then 'lost'
            -- Of the pipeline of leads that the vendor makes.
            when stages.stage_id = 'qualified-stage-id' then 'won'
            when stages.stage_id = 'unqualified-stage-id' then 'lost'
            when stages.kind = 'leads' then 'open'
            when stages.is_closed and stages.probability = 1 then 'won'
            when stages.is_closed and stages.probability = 0 then 'lost'
            else 'open'
        end as semantics,
        -- numbers
        stages.display_order as stage_order,
        stages.probability,
        -- booleans
        stages.is_deleted,
        -- dates and times
        stages.updated_at
    from stages
    left join options
        on
            stages.source = options.source
            and stages.stage_id = options.value
)

select * from renamed
