with

deals as (
    select * from {{ ref('fct_deal') }}
    where not is_test
),

-- Whole days, so that a norm compares with the days of an open deal.
visits as (
    select
        visits.pipeline_id,
        visits.stage_id,
        {{ dbt.datediff(
            business_date('visits.entered_at'),
            'coalesce(' ~ business_date('visits.exited_at') ~ ', ' ~ as_of_date() ~ ')',
            'day'
        ) }} as stay_days,
        visits.is_censored
    from {{ ref('fct_deal_stage_visit') }} as visits
    inner join deals using (deal_id)
    where visits.duration_hours is not null and not visits.is_passthrough
),

daily as (
    select
        pipeline_id,
        stage_id,
        stay_days,
        count(*) filter (where not is_censored) as ended,
        sum(count(*)) over (partition by pipeline_id, stage_id order by stay_days desc) as at_risk
    from visits
    group by pipeline_id, stage_id, stay_days
),

-- S(t) falls by (n - d) / n on each day on which d of n at risk leave.
survived as (
    select
        *,
        sum(ln(greatest(1e-12, 1.0 - cast(ended as double) / at_risk))) over (
            partition by pipeline_id, stage_id order by stay_days
        ) as log_survival
    from daily
),

-- Sums of logarithms miss a quarter that is met exactly by some units of the last place.
final as (
    select
        pipeline_id,
        stage_id,
        sum(ended) as ended_count,
        case
            when sum(ended) >= {{ var('low_n') }}
                then min(stay_days) filter (where log_survival <= ln(0.25) + 1e-9)
        end as stage_norm_days
    from survived
    group by pipeline_id, stage_id
)

select * from final
