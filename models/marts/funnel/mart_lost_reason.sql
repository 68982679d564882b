with

lost as (select * from {{ ref('int_funnel__losses') }}),

summed as (
    {%- for grain in ['month', 'quarter'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'month_start') }} as period_start,
        cast({{ dbt.dateadd(
            grain, '-' ~ var('baseline_periods'), period_start(grain, 'month_start')
        ) }} as date) as usual_from,
        pipeline_id,
        stage_id,
        lost_reason_group,
        manager_id,
        cast(sum(lost_count) as bigint) as lost_count,
        cast(sum(lost_amount) as {{ hundredths() }}) as lost_amount
    from lost
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

stage_reasons as (
    select
        period_grain,
        period_start,
        pipeline_id,
        stage_id,
        lost_reason_group,
        sum(lost_count) as lost_count
    from summed
    group by all
),

rows_of_stages as (
    select distinct
        period_grain,
        period_start,
        usual_from,
        pipeline_id,
        stage_id
    from summed
),

-- What was lost from the stage in the periods before, by whomever.
usual as (
    select
        rows_of_stages.period_grain,
        rows_of_stages.period_start,
        rows_of_stages.pipeline_id,
        rows_of_stages.stage_id,
        earlier.lost_reason_group,
        sum(earlier.lost_count) as lost_count
    from rows_of_stages
    inner join stage_reasons as earlier
        on
            rows_of_stages.period_grain = earlier.period_grain
            and rows_of_stages.pipeline_id = earlier.pipeline_id
            and rows_of_stages.stage_id = earlier.stage_id
            and rows_of_stages.usual_from <= earlier.period_start
            and rows_of_stages.period_start > earlier.period_start
    group by all
),

usual_of_stages as (
    select
        period_grain,
        period_start,
        pipeline_id,
        stage_id,
        sum(lost_count) as lost_count
    from usual
    group by all
),

final as (
    select
        summed.period_grain,
        summed.period_start,
        summed.pipeline_id,
        summed.stage_id,
        summed.lost_reason_group,
        summed.manager_id,
        {{ lost_cause('summed.lost_reason_group') | indent(8) }} as lost_cause,
        summed.lost_count,
        summed.lost_amount,
        cast(sum(summed.lost_count) over lost_by_manager as bigint) as manager_lost_count,
        {{ safe_divide('summed.lost_count', 'sum(summed.lost_count) over lost_by_manager') }}
            as share,
        cast(coalesce(usual.lost_count, 0) as bigint) as usual_lost_count,
        cast(coalesce(usual_of_stages.lost_count, 0) as bigint) as usual_stage_lost_count,
        {{ safe_divide('coalesce(usual.lost_count, 0)', 'usual_of_stages.lost_count') }}
            as usual_share,
        {{ as_of_date() }} as as_of_date
    from summed
    left join usual
        using (period_grain, period_start, pipeline_id, stage_id, lost_reason_group)
    left join usual_of_stages
        using (period_grain, period_start, pipeline_id, stage_id)
    window lost_by_manager as (
        partition by
            summed.period_grain,
            summed.period_start,
            summed.pipeline_id,
            summed.stage_id,
            summed.manager_id
    )
),

{{ named('final', ['pipeline', 'stage', 'manager']) }}

select * from named
