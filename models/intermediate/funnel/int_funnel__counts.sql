
    

    create  table
      "w"."marts"."int_funnel__counts__dbt_tmp"
  
    
    as (
      

with

tallies as (
    select * from "w"."marts"."int_funnel__tallies"
),

by_mode as (
    select
        *,
        'observed' as mode,
        is_entered as is_reached,
        is_stepped as is_converted,
        is_passed as is_reached_later
    from tallies

    union all

    select *, 'implied', true, is_passed, is_passed
    from tallies

    union all

    select *, 'strict', is_entered_strict, is_passed_strict, is_passed_strict
    from tallies
),

by_cohort as (
    
    select
        *,
        'day' as cohort_grain,
        cohort_date as cohort_start
    from by_mode
    where slice_type in ('all')
    union all
    
    select
        *,
        'week' as cohort_grain,
        cast(date_trunc('week', cohort_date) as date) as cohort_start
    from by_mode
    where slice_type in ('all')
    union all
    
    select
        *,
        'month' as cohort_grain,
        cast(date_trunc('month', cohort_date) as date) as cohort_start
    from by_mode
    where slice_type in ('all', 'channel', 'segment', 'manager', 'client_type')
    union all
    
    select
        *,
        'all' as cohort_grain,
        cast('1970-01-01' as date) as cohort_start
    from by_mode
    where slice_type in ('all', 'channel', 'segment', 'manager', 'client_type')
    
    
),


counted as (
    select
        pipeline_id,
        stage_id,
        cohort_grain,
        cohort_start,
        slice_type,
        slice_value,
        mode,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached
        ), 0) as bigint) as reached_count,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_converted
        ), 0) as bigint) as step_numerator,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached and ended_as = 'advanced'
        ), 0) as bigint) as advanced_count,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached and ended_as = 'lost'
        ), 0) as bigint) as lost_here_count,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached and ended_as = 'moved_back'
        ), 0) as bigint) as moved_back_count,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached and ended_as = 'moved_pipeline'
        ), 0) as bigint) as moved_pipeline_count,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached and ended_as = 'open'
        ), 0) as bigint) as open_here_count,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached and has_moved_back
        ), 0) as bigint) as ever_moved_back_count,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached_later
        ), 0) as bigint) as reached_later_count,
        
        cast(coalesce(sum(subjects_count) filter (
            where is_reached_later and not is_entered
        ), 0) as bigint) as skipped_count
        
    from by_cohort
    group by all
)

select * from counted
    );
    
  