with

moves as (
    select * from {{ ref('stg_amocrm__stage_moves') }}
),

renamed as (
    select
        source,
        -- ids
        case when not is_to_lead then card_id end as deal_id,
        case when is_to_lead then card_id end as lead_id,
        -- What an inquiry was before it became a deal is no stage of the deal.
        case when is_from_lead = is_to_lead then from_stage_id end
            as from_stage_id,
        to_stage_id,
        -- 142 and 143 are stages of every pipeline.
        to_pipeline_id as pipeline_id,
        -- text
        changed_by,
        -- numbers
        row_number() over (
            partition by source, card_id order by changed_at asc, id asc
        ) as sequence,
        -- dates and times
        changed_at,
        cast(null as timestamp) as updated_at
    from moves
)

select * from renamed
