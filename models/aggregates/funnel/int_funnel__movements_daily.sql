{#- Won after lost, with no open stage between, was open for a moment. -#}
{%- set flows = {
    'created': "is_entry and previous_outcome is null",
    'moved_in': "is_entry and previous_outcome = 'open' and previous_pipeline_id <> pipeline_id",
    'moved_out': "not is_entry and previous_pipeline_id <> pipeline_id",
    'won': "is_entry and outcome = 'won' and coalesce(previous_outcome, '') <> 'won'",
    'lost': "is_entry and outcome = 'lost' and coalesce(previous_outcome, '') <> 'lost'",
    'reopened': "is_entry and previous_outcome <> 'open' and previous_outcome <> outcome",
} -%}
with

stages as (
    select
        *,
        {{ stage_outcome('semantics') }} as outcome
    from {{ ref('dim_stage') }}
),

visits as (
    select
        entries.*,
        stages.outcome
    from {{ ref('fct_deal_stage_visit') }} as entries
    inner join stages using (pipeline_id, stage_id)
),

deals as (
    select
        *,
        coalesce(owner_id_at_close, owner_id_current, 'unassigned') as manager_id
    from {{ ref('fct_deal') }}
    where not is_test
),

-- A deal is open from its creation, also where its history begins later. The status of the deal
-- has priority: a deal may be closed without a change of stage.
states as (
    select
        visits.deal_id,
        0 as visit_no,
        0 as is_final,
        visits.pipeline_id,
        deals.created_at as changed_at,
        'open' as outcome
    from visits
    inner join deals using (deal_id)
    where visits.visit_no = 1 and deals.created_at < visits.entered_at
    union all
    select
        deal_id,
        visit_no,
        0 as is_final,
        pipeline_id,
        entered_at as changed_at,
        outcome
    from visits
    union all
    select
        visits.deal_id,
        visits.visit_no,
        1 as is_final,
        visits.pipeline_id,
        coalesce(visits.exited_at, visits.entered_at) as changed_at,
        deals.status as outcome
    from visits
    inner join deals using (deal_id)
    qualify row_number() over (
        partition by visits.deal_id order by visits.visit_no desc
    ) = 1
),

changes as (
    select
        deals.manager_id,
        -- In hundredths deal by deal: what comes in, what goes and what stays then balance.
        {{ in_cents('coalesce(deals.amount_base, 0)') }} as amount,
        {{ business_date('states.changed_at') }} as date,
        states.pipeline_id,
        states.outcome,
        lag(states.pipeline_id) over path as previous_pipeline_id,
        lag(states.outcome) over path as previous_outcome
    from states
    inner join deals using (deal_id)
    window path as (
        partition by states.deal_id order by states.visit_no, states.is_final
    )
),

sides as (
    select
        *,
        pipeline_id as side_pipeline_id,
        true as is_entry
    from changes
    union all
    select
        *,
        previous_pipeline_id as side_pipeline_id,
        false as is_entry
    from changes
    where previous_outcome = 'open'
),

-- `open_change` uses only whether the deal was open before and after; the others name the flow.
daily as (
    select
        side_pipeline_id as pipeline_id,
        manager_id,
        date,
        {%- for name, condition in flows.items() %}
        coalesce(sum(amount) filter (where {{ condition }}), 0) as {{ name }},
        {%- endfor %}
        coalesce(sum(amount) filter (where is_entry and outcome = 'open'), 0)
        - coalesce(sum(amount) filter (where not is_entry), 0) as open_change
    from sides
    group by side_pipeline_id, manager_id, date
)

select * from daily
