{{ config(
    materialized='incremental', incremental_strategy='changed_rows',
    unique_key=['deal_id'], incremental_predicates=['stage_id is not null']
) }}
with

stages as (
    select * from {{ ref('int_stages__placed') }}
),

told as (
    select
        *,
        record_id as deal_id
    from {{ ref('int_stage_events__ordered') }}
    where entity = 'deals' and is_counted
),

{{ changed_keys('deal_id', {
    'deals': (
        ref('int_deals__located'),
        'pipeline_id, stage_id, status, created_at, updated_at, closed_at',
    ),
    'history': (
        ref('int_deals__history'),
        'first_pipeline_id, first_left_stage_id, is_start_told, first_at, last_at',
    ),
    'events': ('told', 'event_no, pipeline_id, stage_id, changed_at'),
}, whole=['stages']) }},

spanned as (
    select
        deals.*,
        coalesce(history.first_pipeline_id, deals.pipeline_id) as first_pipeline_id,
        history.first_left_stage_id,
        history.is_start_told,
        history.first_at,
        history.last_at
    from deals
    inner join history using (deal_id)
),

-- The stage that a deal was in before its first event.
starts as (
    select
        spanned.deal_id,
        0 as entry_no,
        coalesce(
            from_stages.pipeline_id, moved_stages.pipeline_id, first_stages.pipeline_id
        ) as pipeline_id,
        coalesce(
            from_stages.stage_id, moved_stages.stage_id, first_stages.stage_id
        ) as stage_id,
        least(spanned.created_at, coalesce(spanned.first_at, spanned.created_at))
            as entered_at,
        true as is_inferred,
        from_stages.stage_id is null and moved_stages.stage_id is null as is_assumed
    from spanned
    left join stages as from_stages
        on
            spanned.first_pipeline_id = from_stages.pipeline_id
            and spanned.first_left_stage_id = from_stages.stage_id
    -- The first event may be the move to another pipeline.
    left join stages as moved_stages
        on
            spanned.first_left_stage_id = moved_stages.stage_id
            and moved_stages.is_first_of_id
    left join stages as first_stages
        on
            spanned.first_pipeline_id = first_stages.pipeline_id
            and first_stages.outcome = 'open'
            and first_stages.is_default_of_outcome
    where not spanned.is_start_told
),

-- The stage that a deal is in now.
tails as (
    select
        deal_id,
        2000000000 as entry_no,
        pipeline_id,
        stage_id,
        greatest(
            coalesce(
                case when status = 'open' then updated_at else closed_at end,
                created_at
            ),
            coalesce(last_at, created_at)
        ) as entered_at,
        true as is_inferred,
        false as is_assumed
    from spanned
),

entries as (
    select * from starts
    union all
    select
        events.deal_id,
        events.event_no as entry_no,
        events.pipeline_id,
        events.stage_id,
        events.changed_at as entered_at,
        false as is_inferred,
        false as is_assumed
    from events
    inner join deals
        on events.deal_id = deals.deal_id
    union all
    select * from tails
),

moves as (
    {{ stage_moves('entries', 'stages', 'deal_id') }}
)

{{ with_digests('moves', 'deal_id') }}
