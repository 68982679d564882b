
    

    create  table
      "w"."marts"."int_funnel__durations__dbt_tmp"
  
    
    as (
      with

visits as (
    select * from "w"."marts"."int_funnel__visits"
),

subjects as (
    select * from "w"."marts"."int_funnel__subjects"
),

sliced as (
    select
        visits.*,
        subjects.cohort_day,
        subjects.channel,
        subjects.segment,
        subjects.manager,
        subjects.client_type
    from visits
    inner join subjects
        on visits.subject_id = subjects.subject_id
),

measured as (
    
    
    
    select
        pipeline_id,
        stage_id,
        'day' as cohort_grain,
        cohort_day as cohort_start,
        'all' as slice_type,
        'all' as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'week' as cohort_grain,
        cast(date_trunc('week', cohort_day) as date) as cohort_start,
        'all' as slice_type,
        'all' as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'month' as cohort_grain,
        cast(date_trunc('month', cohort_day) as date) as cohort_start,
        'all' as slice_type,
        'all' as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'all' as cohort_grain,
        cast('1970-01-01' as date) as cohort_start,
        'all' as slice_type,
        'all' as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    
    
    
    select
        pipeline_id,
        stage_id,
        'month' as cohort_grain,
        cast(date_trunc('month', cohort_day) as date) as cohort_start,
        'channel' as slice_type,
        channel as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'all' as cohort_grain,
        cast('1970-01-01' as date) as cohort_start,
        'channel' as slice_type,
        channel as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    
    
    
    select
        pipeline_id,
        stage_id,
        'month' as cohort_grain,
        cast(date_trunc('month', cohort_day) as date) as cohort_start,
        'segment' as slice_type,
        segment as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'all' as cohort_grain,
        cast('1970-01-01' as date) as cohort_start,
        'segment' as slice_type,
        segment as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    
    
    
    select
        pipeline_id,
        stage_id,
        'month' as cohort_grain,
        cast(date_trunc('month', cohort_day) as date) as cohort_start,
        'manager' as slice_type,
        manager as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'all' as cohort_grain,
        cast('1970-01-01' as date) as cohort_start,
        'manager' as slice_type,
        manager as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    
    
    
    select
        pipeline_id,
        stage_id,
        'month' as cohort_grain,
        cast(date_trunc('month', cohort_day) as date) as cohort_start,
        'client_type' as slice_type,
        client_type as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    union all
    
    select
        pipeline_id,
        stage_id,
        'all' as cohort_grain,
        cast('1970-01-01' as date) as cohort_start,
        'client_type' as slice_type,
        client_type as slice_value,
        -- Decimals add up to the same sum in any order, doubles do not.
        cast(avg(cast(finished_hours as decimal(18, 6))) as double)
            as duration_mean_hours,
        percentile_cont(0.5) within group (order by finished_hours) as duration_median_hours,
        percentile_cont(0.9) within group (order by finished_hours) as duration_p90_hours,
        count(*) filter (where is_censored) as censored_visits_count,
        count(*) as visits_count
    from sliced
    group by all
    
    
    
)

select * from measured
    );
    
  