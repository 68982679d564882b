{{ config(
    materialized='incremental', incremental_strategy='changed_rows',
    unique_key=['subject_id'], incremental_predicates=['stage_id is not null']
) }}
with

stages as (
    select * from {{ ref('int_funnel__stages') }}
    where step_no is not null
),

{{ changed_keys('subject_id', {
    'visits': (ref('int_funnel__visits'), 'visit_no, pipeline_id, step_no, entered_at, ended_as'),
    'subjects': (ref('int_funnel__subjects'), 'created_at'),
}, whole=['stages']) }},

entered as (
    select
        subject_id,
        pipeline_id,
        step_no,
        min(entered_at) as first_entered_at,
        max_by(ended_as, visit_no) as ended_as,
        max(case when ended_as = 'moved_back' then 1 else 0 end) = 1
            as has_moved_back
    from visits
    group by subject_id, pipeline_id, step_no
),

furthest as (
    select
        subject_id,
        pipeline_id,
        max(step_no) as last_step_no
    from entered
    group by subject_id, pipeline_id
),

-- Every step up to the furthest entered one, whether or not it was entered.
climbed as (
    select
        furthest.subject_id,
        furthest.pipeline_id,
        furthest.last_step_no,
        stages.stage_id,
        stages.step_no,
        entered.first_entered_at,
        -- Reached only in mode implied: the subject skipped this stage.
        coalesce(entered.ended_as, 'advanced') as ended_as,
        coalesce(entered.has_moved_back, false) as has_moved_back,
        -- A subject is not required to enter a stage that was out of use before its creation.
        coalesce(subjects.created_at <= stages.in_use_until, true) as is_in_use
    from furthest
    inner join subjects
        on furthest.subject_id = subjects.subject_id
    inner join stages
        on
            furthest.pipeline_id = stages.pipeline_id
            and furthest.last_step_no >= stages.step_no
    left join entered
        on
            furthest.subject_id = entered.subject_id
            and furthest.pipeline_id = entered.pipeline_id
            and stages.step_no = entered.step_no
),

compared as (
    select
        *,
        lead(first_entered_at) over path as next_entered_at,
        {{ ignoring_nulls('lag', 'first_entered_at') }} over path as previous_entered_at
    from climbed
    window path as (
        partition by subject_id, pipeline_id
        order by step_no
    )
),

-- Out of order from the first step that is missed or entered before an earlier one.
ordered as (
    select
        *,
        max(case
            when first_entered_at < previous_entered_at then 1
            when first_entered_at is null and is_in_use then 1
            else 0
        end) over (
            partition by subject_id, pipeline_id
            order by step_no
            rows between unbounded preceding and current row
        ) = 0 as is_in_order
    from compared
),

strictest as (
    select
        *,
        coalesce(max(
            case when is_in_order and first_entered_at is not null then step_no end
        ) over (partition by subject_id, pipeline_id), 0) as last_strict_step_no
    from ordered
),

flagged as (
    select
        subject_id,
        pipeline_id,
        stage_id,
        ended_as,
        has_moved_back,
        first_entered_at is not null as is_entered,
        step_no <= last_strict_step_no as is_entered_strict,
        coalesce(next_entered_at >= first_entered_at, false) as is_stepped,
        step_no < last_step_no as is_passed,
        step_no < last_strict_step_no as is_passed_strict
    from strictest
)

{{ with_digests('flagged', 'subject_id') }}
