with

standing as (select * from {{ ref('int_open_deals__daily') }}),

stage_norms as (select * from {{ ref('int_stages__norms') }}),

gaps as (
    select
        record_id,
        is_contact,
        from_on,
        coalesce(to_on, {{ day_after_as_of() }}) as to_on
    from {{ ref('int_talks__gaps') }}
    where record_type = 'deal'
),

talk_norms as (select * from {{ ref('int_talks__norms') }}),

leads as (select * from {{ ref('fct_lead') }}),

tasks as (
    select * from {{ ref('fct_task') }}
    where not is_test
),

habits as (select * from {{ ref('int_pipelines__habits') }}),

steps as (
    select
        tasks.*,
        coalesce(tasks.deal_id, leads.deal_id) as its_deal_id
    from tasks
    left join leads on tasks.lead_id = leads.lead_id
),

next_tasks as (
    select
        standing.date,
        standing.deal_id,
        min(steps.due_on) as next_task_due_on
    from standing
    inner join steps
        on
            standing.deal_id = steps.its_deal_id
            and standing.date >= steps.created_on
            and coalesce(standing.date < steps.completed_on, true)
            and standing.date < steps.due_on
    group by standing.date, standing.deal_id
),

measured as (
    select
        standing.*,
        stage_norms.stage_norm_days,
        gaps.is_contact,
        {{ dbt.datediff('gaps.from_on', 'standing.date', 'day') }} as days_waiting,
        talk_norms.contact_norm_days,
        next_tasks.next_task_due_on,
        coalesce(habits.is_task_usual, false) as is_task_usual,
        standing.is_late_stage and coalesce(habits.is_amount_usual, false) as is_amount_due
    from standing
    left join habits using (pipeline_id)
    left join stage_norms using (pipeline_id, stage_id)
    left join talk_norms using (segment)
    left join next_tasks using (date, deal_id)
    left join gaps
        on
            standing.deal_id = gaps.record_id
            and standing.date >= gaps.from_on
            and standing.date < gaps.to_on
),

final as (
    select
        date,
        deal_id,
        pipeline_id,
        stage_id,
        manager_id,
        customer_id,
        segment,
        age_days,
        days_in_stage,
        stage_norm_days,
        days_in_stage > stage_norm_days as is_stuck,
        case when is_contact then days_waiting end as days_since_contact,
        contact_norm_days,
        days_waiting > contact_norm_days as is_silent,
        next_task_due_on,
        case when is_task_usual then next_task_due_on is null end as has_no_next_step,
        is_amount_due
    from measured
)

select * from final
