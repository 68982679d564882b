
    

    create  table
      "w"."marts"."int_funnel__tallies__dbt_tmp"
  
    
    as (
      with

subjects as (
    select * from "w"."marts"."int_funnel__subjects"
),

steps as (
    select * from "w"."marts"."int_funnel__subject_modes"
),

sliced as (
    select
        steps.*,
        subjects.cohort_day as cohort_day,
        cast(date_trunc('month', subjects.cohort_day) as date) as cohort_month,
        subjects.channel,
        subjects.segment,
        subjects.manager,
        subjects.client_type
    from steps
    inner join subjects
        on steps.subject_id = subjects.subject_id
),

tallied as (
    
    select
        pipeline_id,
        stage_id,
        'all' as slice_type,
        'all' as slice_value,
        cohort_day as cohort_date,
        ended_as,
        has_moved_back,
        is_entered,
        is_entered_strict,
        is_stepped,
        is_passed,
        is_passed_strict,
        count(*) as subjects_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'channel' as slice_type,
        channel as slice_value,
        cohort_month as cohort_date,
        ended_as,
        has_moved_back,
        is_entered,
        is_entered_strict,
        is_stepped,
        is_passed,
        is_passed_strict,
        count(*) as subjects_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'segment' as slice_type,
        segment as slice_value,
        cohort_month as cohort_date,
        ended_as,
        has_moved_back,
        is_entered,
        is_entered_strict,
        is_stepped,
        is_passed,
        is_passed_strict,
        count(*) as subjects_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'manager' as slice_type,
        manager as slice_value,
        cohort_month as cohort_date,
        ended_as,
        has_moved_back,
        is_entered,
        is_entered_strict,
        is_stepped,
        is_passed,
        is_passed_strict,
        count(*) as subjects_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'client_type' as slice_type,
        client_type as slice_value,
        cohort_month as cohort_date,
        ended_as,
        has_moved_back,
        is_entered,
        is_entered_strict,
        is_stepped,
        is_passed,
        is_passed_strict,
        count(*) as subjects_count
    from sliced
    group by all
    
    
)

select * from tallied
    );
    
  