with

deal_history as (
    select * from {{ landed('bitrix24', 'deal_history') }}
),

lead_history as (
    select * from {{ landed('bitrix24', 'lead_history') }}
),

entries as (
    select
        source,
        'deals' as entity,
        id,
        card_id,
        pipeline_id,
        stage_id,
        semantics,
        created_at as changed_at
    from deal_history
    union all
    select
        source,
        'leads' as entity,
        id,
        card_id,
        'STATUS' as pipeline_id,
        stage_id,
        semantics,
        created_at as changed_at
    from lead_history
),

numbered as (
    select
        *,
        row_number() over path as entry_no,
        lag(stage_id) over path as from_stage_id
    from entries
    window path as (
        partition by source, entity, card_id order by changed_at asc, id asc
    )
)

select * from numbered
