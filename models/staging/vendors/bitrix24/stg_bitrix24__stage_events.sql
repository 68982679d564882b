with

entries as (
    select * from {{ ref('stg_bitrix24__stage_entries') }}
),

leads as (
    select * from {{ ref('stg_bitrix24__leads') }}
),

renamed as (
    select
        entries.source,
        -- ids
        case when entries.entity = 'deals' then entries.card_id end as deal_id,
        case when entries.entity = 'leads' then entries.card_id end as lead_id,
        entries.from_stage_id,
        entries.stage_id as to_stage_id,
        entries.pipeline_id,
        -- text
        cast(null as {{ dbt.type_string() }}) as changed_by,
        -- numbers
        entries.entry_no as sequence,
        -- dates and times
        entries.changed_at,
        cast(null as timestamp) as updated_at
    from entries
    left join leads
        on
            entries.source = leads.source
            and entries.card_id = leads.lead_id
            and entries.entity = 'leads'
    -- A lead that is gone takes its history along, as the portal does.
    where entries.entity = 'deals' or leads.lead_id is not null
)

select * from renamed
