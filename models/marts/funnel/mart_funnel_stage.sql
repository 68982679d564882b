
    

    create  table
      "w"."marts"."mart_funnel_stage__dbt_tmp"
  
    
    as (
      with

stages as (
    select * from "w"."marts"."int_funnel__stages"
    where step_no is not null
),

counts as (
    select * from "w"."marts"."int_funnel__counts"
),

durations as (
    select * from "w"."marts"."int_funnel__durations"
),

-- A cohort that anybody was born into has a row for every stage, reached or not.
cohorts as (
    select distinct
        pipeline_id,
        cohort_grain,
        cohort_start,
        slice_type,
        slice_value,
        mode
    from counts
),

laddered as (
    select
        cohorts.*,
        stages.pipeline_name,
        stages.stage_id,
        stages.stage_name,
        stages.stage_order,
        stages.step_no,
        stages.is_last_step
    from cohorts
    inner join stages
        on cohorts.pipeline_id = stages.pipeline_id
),


joined as (
    select
        laddered.*,
        
        coalesce(counts.reached_count, 0) as reached_count,
        
        coalesce(counts.step_numerator, 0) as step_numerator,
        
        coalesce(counts.advanced_count, 0) as advanced_count,
        
        coalesce(counts.lost_here_count, 0) as lost_here_count,
        
        coalesce(counts.moved_back_count, 0) as moved_back_count,
        
        coalesce(counts.moved_pipeline_count, 0) as moved_pipeline_count,
        
        coalesce(counts.open_here_count, 0) as open_here_count,
        
        coalesce(counts.ever_moved_back_count, 0) as ever_moved_back_count,
        
        coalesce(counts.reached_later_count, 0) as reached_later_count,
        
        coalesce(counts.skipped_count, 0) as skipped_count,
        
        durations.duration_mean_hours,
        durations.duration_median_hours,
        durations.duration_p90_hours,
        durations.censored_visits_count,
        durations.visits_count
    from laddered
    left join counts
        on
            
            laddered.pipeline_id = counts.pipeline_id
            
            and laddered.stage_id = counts.stage_id
            
            and laddered.cohort_grain = counts.cohort_grain
            
            and laddered.cohort_start = counts.cohort_start
            
            and laddered.slice_type = counts.slice_type
            
            and laddered.slice_value = counts.slice_value
            
            and laddered.mode = counts.mode
            
    left join durations
        on
            
            laddered.pipeline_id = durations.pipeline_id
            
            and laddered.stage_id = durations.stage_id
            
            and laddered.cohort_grain = durations.cohort_grain
            
            and laddered.cohort_start = durations.cohort_start
            
            and laddered.slice_type = durations.slice_type
            
            and laddered.slice_value = durations.slice_value
            
),

entries as (
    select
        *,
        first_value(reached_count) over (
            partition by
                pipeline_id, cohort_grain, cohort_start, slice_type, slice_value, mode
            order by step_no
        ) as first_reached_count,
        case when not is_last_step then step_numerator end as next_reached_count
    from joined
),

rated as (
    select
        pipeline_id,
        stage_id,
        cohort_grain,
        cohort_start,
        slice_type,
        slice_value,
        mode,
        pipeline_name,
        stage_name,
        stage_order,
        reached_count,
        next_reached_count as step_numerator,
        reached_count as step_denominator,
        (cast(next_reached_count as double) / nullif(cast(reached_count as double), 0)) as step_conversion,
        (cast(reached_count as double) / nullif(cast(first_reached_count as double), 0))
            as cumulative_conversion,
        advanced_count,
        lost_here_count,
        moved_back_count,
        moved_pipeline_count,
        open_here_count,
        (cast(skipped_count as double) / nullif(cast(reached_later_count as double), 0)) as skip_rate,
        (cast(ever_moved_back_count as double) / nullif(cast(reached_count as double), 0)) as back_rate,
        duration_mean_hours,
        duration_median_hours,
        duration_p90_hours,
        (cast(censored_visits_count as double) / nullif(cast(visits_count as double), 0)) as censored_share,
        reached_count < 30 as is_low_n,
        cast('2026-06-30' as date) as as_of_date
    from entries
)

select * from rated
    );
    
  