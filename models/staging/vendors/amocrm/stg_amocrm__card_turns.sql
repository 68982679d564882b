with

moves as (
    select * from {{ ref('stg_amocrm__stage_moves') }}
),

qualified_stages as (
    select
        source,
        value as to_stage_id
    from {{ ref('stg_config__options') }}
    where name = 'qualified_stages'
),

judged as (
    select
        moves.source,
        moves.card_id,
        moves.changed_at,
        moves.is_from_lead or moves.is_to_lead as is_of_lead,
        moves.is_from_lead and not moves.is_to_lead as is_to_deal,
        moves.is_to_lead and moves.to_stage_id = '142' as is_to_win,
        qualified_stages.to_stage_id is not null as is_to_qualified
    from moves
    left join qualified_stages using (source, to_stage_id)
),

-- A card that wins among the inquiries, or leaves them, has become a deal.
turns as (
    select
        source,
        card_id as id,
        bool_or(is_of_lead) as was_lead,
        min(case when is_to_qualified then changed_at end) as qualified_at,
        min(case when is_to_win or is_to_deal then changed_at end) as converted_at,
        min(case when is_to_deal then changed_at end) as became_deal_at
    from judged
    group by source, card_id
)

select * from turns
