{{ config(
    materialized='incremental', incremental_strategy='changed_rows',
    unique_key=['deal_id'], incremental_predicates=['stage_id is not null']
) }}
with

known_deals as (
    select
        deals.deal_id,
        deals.pipeline_id,
        deals.status,
        history.first_at is not null as has_history,
        deals.amount_base,
        deals.expected_close_on,
        case
            when deals.status = 'open' then deals.owner_id_current else deals.owner_id_at_close
        end as manager_id,
        coalesce(customers.segment, 'unknown') as segment,
        {{ business_date('deals.created_at') }} as created_on,
        {{ business_date('deals.closed_at') }} as closed_on
    from {{ ref('int_deals__conformed') }} as deals
    inner join {{ ref('int_deals__history') }} as history using (deal_id)
    left join {{ ref('int_customers__described') }} as customers using (customer_id)
    where not deals.is_test
),

stages as (select * from {{ ref('dim_stage') }}),

{{ changed_keys('deal_id', {
    'deals': (
        'known_deals',
        'pipeline_id, status, has_history, amount_base, expected_close_on, manager_id, segment,'
        ~ ' created_on, closed_on',
    ),
    'stays': (
        ref('fct_deal_stage_visit'), 'visit_no, pipeline_id, stage_id, entered_at, exited_at',
    ),
}, whole=['stages']) }},

visits as (
    select
        visits.deal_id,
        visits.visit_no,
        visits.pipeline_id,
        visits.stage_id,
        deals.status,
        {{ business_date('visits.entered_at') }} as entered_on,
        {{ business_date('visits.exited_at') }} as left_on,
        case
            when stages.semantics = 'lost' then 'lost'
            when stages.semantics in ('won', 'post_won') then 'won'
        end as outcome,
        lag(stages.semantics) over visits_of_deal in ('won', 'post_won', 'lost') as was_closed,
        lead(visits.visit_no) over visits_of_deal is null as is_last
    from stays as visits
    inner join deals using (deal_id)
    left join stages
        on visits.pipeline_id = stages.pipeline_id and visits.stage_id = stages.stage_id
    where deals.has_history
    window visits_of_deal as (partition by visits.deal_id order by visits.visit_no)
),

-- Closes are numbered: the visits before a close and after the one before it end with it. A deal
-- may also be closed without a change of stage.
numbered as (
    select
        *,
        outcome is not null and not coalesce(was_closed, false) as is_close,
        coalesce(sum(
            case when outcome is not null and not coalesce(was_closed, false) then 1 else 0 end
        ) over (
            partition by deal_id order by visit_no
            rows between unbounded preceding and 1 preceding
        ), 0) as closes_before
    from visits
),

closes as (
    select
        deal_id,
        closes_before,
        entered_on as closed_on,
        outcome
    from numbered
    where is_close

    union all

    select
        deal_id,
        closes_before,
        left_on as closed_on,
        status as outcome
    from numbered
    where is_last and outcome is null and status <> 'open' and left_on is not null
),

standings as (
    select
        numbered.deal_id,
        numbered.visit_no,
        numbered.pipeline_id,
        numbered.stage_id,
        numbered.entered_on,
        numbered.left_on,
        closes.closed_on,
        closes.outcome
    from numbered
    left join closes using (deal_id, closes_before)
    where numbered.outcome is null

    union all

    -- Without history the stages of a deal are not known, only when it was created and closed.
    select
        deal_id,
        0 as visit_no,
        pipeline_id,
        'unknown' as stage_id,
        created_on as entered_on,
        closed_on as left_on,
        closed_on,
        case when closed_on is not null then status end as outcome
    from deals
    where not has_history and (status = 'open' or closed_on >= created_on)

    union all

    select
        deals.deal_id,
        0 as visit_no,
        coalesce(first_visits.pipeline_id, deals.pipeline_id) as pipeline_id,
        'created' as stage_id,
        deals.created_on as entered_on,
        deals.created_on as left_on,
        coalesce(closes.closed_on, case when not deals.has_history then deals.closed_on end)
            as closed_on,
        coalesce(
            closes.outcome,
            case when not deals.has_history and deals.closed_on is not null then deals.status end
        ) as outcome
    from deals
    left join numbered as first_visits
        on deals.deal_id = first_visits.deal_id and first_visits.visit_no = 1
    left join closes on deals.deal_id = closes.deal_id and closes.closes_before = 0
    where deals.has_history or deals.status = 'open' or deals.closed_on is not null
),

final as (
    select
        standings.*,
        deals.segment,
        deals.manager_id,
        deals.amount_base,
        deals.expected_close_on
    from standings
    inner join deals using (deal_id)
)

{{ with_digests('final', 'deal_id') }}
