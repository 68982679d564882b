
    

    create  table
      "w"."marts"."int_funnel__lead_visits__dbt_tmp"
  
    
    as (
      with

leads as (
    select * from "w"."marts"."fct_lead"
),

stages as (
    select * from "w"."marts"."int_funnel__stages"
    where pipeline_id = 'leads'
),

milestones as (
    
    select
        concat('lead:', lead_id) as subject_id,
        'new' as stage_id,
        created_at as entered_at
    from leads
    where created_at is not null
    union all
    
    select
        concat('lead:', lead_id) as subject_id,
        'qualified' as stage_id,
        qualified_at as entered_at
    from leads
    where qualified_at is not null
    union all
    
    select
        concat('lead:', lead_id) as subject_id,
        'converted' as stage_id,
        converted_at as entered_at
    from leads
    where converted_at is not null
    union all
    
    select
        concat('lead:', lead_id) as subject_id,
        'customer' as stage_id,
        won_at as entered_at
    from leads
    where won_at is not null
    
    
),

-- Milestones follow the ladder, not the clock: a lead qualified after its deal was made has not
-- moved back. What the clock says then shows in the observed and strict modes.
ordered as (
    select
        milestones.*,
        stages.pipeline_id,
        stages.step_no,
        stages.is_last_step,
        lead(milestones.entered_at) over (
            partition by milestones.subject_id
            order by stages.step_no
        ) as exited_at
    from milestones
    inner join stages
        on milestones.stage_id = stages.stage_id
),

timed as (
    select
        *,
        (cast((epoch_us(exited_at) - epoch_us(entered_at)) as double) / 1000000.0 / 3600.0) as duration_hours
    from ordered
),

finished as (
    select
        subject_id,
        step_no as visit_no,
        pipeline_id,
        stage_id,
        entered_at,
        exited_at is null and not is_last_step as is_censored,
        case
            when duration_hours * 3600 >= 10
                then duration_hours
        end as finished_hours
    from timed
)

select * from finished
    );
    
  