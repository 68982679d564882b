with

windows as (select * from {{ ref('int_findings__windows') }}),

lost as (
    select * from {{ ref('mart_lost_reason') }}
    where period_grain = 'month'
),

steps as (
    select * from {{ ref('int_funnel__judged') }}
    where slice_type = 'all' and cohort_grain = 'month' and mode = 'implied' and is_mature
),

-- Losses of the window and of the six months before it.
reasons as (
    select
        windows.period_start,
        lost.pipeline_id,
        lost.lost_reason_group,
        sum(case when lost.period_start >= windows.window_from then lost.lost_count else 0 end)
            as hits,
        sum(case when lost.period_start < windows.window_from then lost.lost_count else 0 end)
            as other_hits,
        sum(case when lost.period_start >= windows.window_from then lost.lost_amount end)
            as lost_amount,
        max(lost.period_start) as last_month
    from lost
    inner join windows
        on lost.period_start between windows.usual_from and windows.window_to
    group by windows.period_start, lost.pipeline_id, lost.lost_reason_group
),

reason_shares as (
    select
        *,
        sum(hits) over pipeline as trials,
        sum(other_hits) over pipeline as other_trials
    from reasons
    window pipeline as (partition by period_start, pipeline_id)
),

reasons_scored as (
    select
        *,
        {{ likelihood_z('hits', 'trials', 'other_hits', 'other_trials') | indent(8) }} as z
    from reason_shares
    where
        trials >= {{ var('low_n') }} and other_trials >= {{ var('low_n') }}
        and lost_reason_group <> 'unknown'
),

reasons_tested as (
    select
        'lost_reason_grows' as kind,
        period_start,
        'lost_reason' as subject_type,
        cast(null as string) as manager_id,
        pipeline_id,
        cast(null as string) as stage_id,
        lost_reason_group as detail,
        cast(trials as bigint) as trials,
        cast(hits as bigint) as hits,
        {{ safe_divide('hits', 'trials') }} as value,
        {{ safe_divide('other_hits', 'other_trials') }} as expected,
        {{ normal_below('(-z)') }} as p_value,
        -lost_amount * (
            1 - least(1, {{ safe_divide('other_hits * trials', 'other_trials * hits') }})
        ) as impact_amount,
        {{ evidence_key({
            'pipeline_id': 'pipeline_id', 'lost_reason_group': 'lost_reason_group',
            'period_grain': "'month'", 'period_start': 'last_month',
        }) | indent(8) }} as evidence_key
    from reasons_scored
),

-- A cohort is judged in the month by whose end it is surely old enough.
steps_tested as (
    select
        'step_conversion_falls' as kind,
        cast({{ dbt.dateadd('month', months_to_mature(), 'cohort_start') }} as date)
            as period_start,
        'stage' as subject_type,
        cast(null as string) as manager_id,
        pipeline_id,
        stage_id,
        cast(null as string) as detail,
        cast(asked_count as bigint) as trials,
        cast(next_count as bigint) as hits,
        {{ safe_divide('next_count', 'asked_count') }} as value,
        baseline_conversion as expected,
        {{ normal_below('z') }} as p_value,
        cast(null as double) as impact_amount,
        {{ evidence_key({
            'pipeline_id': 'pipeline_id', 'stage_id': 'stage_id',
            'cohort_grain': 'cohort_grain', 'cohort_start': 'cohort_start',
            'slice_type': 'slice_type', 'mode': 'mode',
        }) | indent(8) }} as evidence_key
    from steps
    where p_value is not null
),

final as (
    select * from reasons_tested
    union all
    select * from steps_tested
)

select * from final
