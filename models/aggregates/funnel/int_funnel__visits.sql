with

deal_visits as (
    select * from {{ ref('fct_deal_stage_visit') }}
),

ladder_visits as (
    select * from {{ ref('int_funnel__lead_visits') }}
),

lead_visits as (
    select * from {{ ref('fct_lead_stage_visit') }}
),

subjects as (
    select * from {{ ref('int_funnel__subjects') }}
),

stages as (
    select * from {{ ref('int_funnel__stages') }}
),

unioned as (
    select
        concat('deal:', deal_id) as subject_id,
        visit_no,
        pipeline_id,
        stage_id,
        entered_at,
        is_censored,
        is_assumed,
        case
            when exited_at is not null and not is_passthrough
                then duration_hours
        end as finished_hours,
        case when is_censored then duration_hours end as censored_hours
    from deal_visits

    union all

    select
        subject_id,
        visit_no,
        pipeline_id,
        stage_id,
        entered_at,
        is_censored,
        false as is_assumed,
        finished_hours,
        censored_hours
    from ladder_visits

    union all

    select
        concat('stages:', lead_id) as subject_id,
        visit_no,
        pipeline_id,
        stage_id,
        entered_at,
        is_censored,
        false as is_assumed,
        case when not is_censored and not is_passthrough then duration_hours end
            as finished_hours,
        case when is_censored then duration_hours end as censored_hours
    from lead_visits
),

followed as (
    select
        unioned.*,
        stages.step_no,
        -- A lead that becomes a deal is counted as a deal.
        stages.kind = 'deal' and unioned.subject_id like 'stages:%' as is_counted_as_deal,
        -- A deal may be closed without a change of stage: its source has no stage for the outcome.
        case when stages.semantics = 'open' then subjects.status else 'open' end
            as status_left,
        lead(pipeline_id) over path as next_pipeline_id,
        lead(stages.is_lost) over path as next_is_lost,
        lead(stages.step_no) over path as next_step_no
    from unioned
    inner join subjects using (subject_id)
    inner join stages using (pipeline_id, stage_id)
    window path as (partition by subject_id order by visit_no)
),

ended as (
    select
        subject_id,
        visit_no,
        pipeline_id,
        stage_id,
        step_no,
        entered_at,
        finished_hours,
        coalesce(censored_hours, finished_hours) as lasting_hours,
        is_censored,
        case
            when next_pipeline_id is null and status_left = 'won' then 'advanced'
            when next_pipeline_id is null then status_left
            when next_pipeline_id <> pipeline_id then 'moved_pipeline'
            when next_is_lost and is_assumed then 'lost_unknown'
            when next_is_lost then 'lost'
            when next_step_no > step_no then 'advanced'
            else 'moved_back'
        end as ended_as
    from followed
    where step_no is not null and not is_counted_as_deal
)

select * from ended
