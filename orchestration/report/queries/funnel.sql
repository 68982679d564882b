-- People at each stage by cohort of creation: of the company by day, week, month and all time, of a
-- department, team and manager for all time and the last months. Counts add up over managers;
-- medians do not, so a department and a team have none. The interval is that of Wilson, 95 %. A deleted
-- stage that nobody of a cohort visited is no step of its funnel: everybody would have passed it. A
-- duration stands on 30 visits that ended, at least; in the last stage won deals stay, few leave it.
with cohorts as (
    select grain, period from recent
    union all
    select 'all', date '1970-01-01'
),

company as (
    select 'company:company' as scope, cohorts.grain, funnel.*
    from marts.mart_funnel_stage as funnel
    inner join cohorts
        on funnel.cohort_grain = cohorts.grain and funnel.cohort_start = cohorts.period
    where slice_type = 'all' and mode = 'implied'
),

sliced as (
    select scope_type || ':' || scope_id as scope, scope_type, cohorts.grain, funnel.*
    from marts.mart_funnel_stage as funnel
    inner join cohorts
        on funnel.cohort_grain = cohorts.grain and funnel.cohort_start = cohorts.period
    inner join scopes on scopes.manager_id = funnel.slice_value
    where
        slice_type = 'manager' and mode = 'implied' and scope_type <> 'company'
        and (
            cohorts.grain = 'all'
            or cohorts.period >= (select max(period) - 70 from recent where grain = 'month')
        )
),

summed as (
    select
        scope,
        grain,
        cohort_start,
        pipeline_id,
        stage_id,
        any_value(stage_name) as stage_name,
        any_value(stage_order) as stage_order,
        any_value(history) as history,
        sum(reached_count) as reached_count,
        sum(step_numerator) as step_numerator,
        sum(step_denominator) as step_denominator,
        sum(lost_here_count) as lost_here_count,
        sum(lost_unknown_count) as lost_unknown_count,
        sum(open_here_count) as open_here_count,
        sum(visits_count) as visits_count,
        sum(open_visits_count) as open_visits_count,
        if(any_value(scope_type) = 'manager', max(duration_km_median_hours), null)
            as duration_km_median_hours,
        if(any_value(scope_type) = 'manager', max(duration_p90_hours), null)
            as duration_p90_hours,
        bool_and(is_mature) as is_mature
    from sliced
    group by all
),

together as (
    select
        *,
        step_numerator / nullif(step_denominator, 0) as step_conversion,
        null as baseline_conversion,
        false as is_bottleneck,
        step_denominator < 30 as is_low_n,
        1.959964 as z
    from summed
    union all by name
    select
        scope, grain, cohort_start, pipeline_id, stage_id, stage_name, stage_order, history, reached_count,
        step_numerator, step_denominator, lost_here_count, lost_unknown_count, open_here_count,
        visits_count, open_visits_count, duration_km_median_hours, duration_p90_hours, is_mature, step_conversion,
        step_ci_low, step_ci_high, baseline_conversion, is_bottleneck, is_low_n, 1.959964 as z
    from company
),

timed as (
    select
        *,
        visits_count - open_visits_count >= 30 and step_numerator is not null as is_timed
    from together
),

deleted as (
    select pipeline_id, stage_id from marts.dim_stage where is_deleted
)

select
    scope,
    grain,
    cohort_start as period,
    pipeline_id,
    stage_name,
    reached_count,
    step_conversion,
    coalesce(step_ci_low, (
        step_conversion + z * z / (2 * step_denominator)
        - z * sqrt((step_conversion * (1 - step_conversion) + z * z / (4 * step_denominator)) / step_denominator)
    ) / (1 + z * z / step_denominator)) as step_low,
    coalesce(step_ci_high, (
        step_conversion + z * z / (2 * step_denominator)
        + z * sqrt((step_conversion * (1 - step_conversion) + z * z / (4 * step_denominator)) / step_denominator)
    ) / (1 + z * z / step_denominator)) as step_high,
    baseline_conversion,
    reached_count / nullif(first_value(reached_count) over stages, 0) as cumulative_conversion,
    lost_here_count,
    lost_unknown_count,
    open_here_count,
    case when is_timed then duration_km_median_hours end as median_hours,
    case when is_timed then duration_p90_hours end as p90_hours,
    visits_count,
    open_visits_count,
    is_bottleneck,
    is_low_n,
    not is_mature and grain <> 'all' as is_preliminary
from timed left join deleted using (pipeline_id, stage_id)
where deleted.stage_id is null or visits_count > 0
window stages as (partition by scope, grain, cohort_start, pipeline_id order by stage_order)
order by scope, grain, period, pipeline_id, stage_order
