with

windows as (select * from {{ ref('int_findings__windows') }}),

stages as (
    select * from {{ ref('dim_stage') }}
    where semantics = 'open'
),

deals as (
    select * from {{ ref('fct_deal') }}
    where not is_test
),

norms as (
    select * from {{ ref('int_stages__norms') }}
    where stage_norm_days is not null
),

absences as (select * from {{ ref('int_people__absences') }}),

visits as (
    select
        deal_id,
        pipeline_id,
        stage_id,
        owner_id,
        is_censored,
        {{ business_date('entered_at') }} as entered_on,
        coalesce({{ business_date('exited_at') }}, {{ as_of_date() }}) as last_on
    from {{ ref('fct_deal_stage_visit') }}
    where duration_hours is not null and not is_passthrough
),

placed as (
    select
        visits.*,
        norms.stage_norm_days,
        -- Whole days, as the norm counts them.
        {{ dbt.datediff('visits.entered_on', 'visits.last_on', 'day') }}
        > norms.stage_norm_days as is_long,
        least(
            visits.last_on,
            cast({{ dbt.dateadd('day', 'norms.stage_norm_days', 'visits.entered_on') }} as date)
        ) as judged_on
    from visits
    inner join stages using (pipeline_id, stage_id)
    inner join norms using (pipeline_id, stage_id)
    inner join deals using (deal_id)
),

-- A deal waits for a manager who is absent: a visit says something about the stage if the manager
-- was there until it had lasted too long, or was over.
attended as (
    select *
    from placed
    where not exists (
        select 1
        from absences
        where
            absences.manager_id = placed.owner_id
            and absences.date between placed.entered_on and placed.judged_on
    )
),

-- Visits that can be judged: those that began more than the norm before the end of the month.
stood as (
    select
        windows.period_start,
        attended.pipeline_id,
        attended.stage_id,
        attended.owner_id,
        count(*) as trials,
        count(*) filter (where attended.is_long) as hits
    from attended
    inner join windows
        on attended.entered_on between windows.window_from and windows.window_to
    where
        {{ dbt.datediff('attended.entered_on', 'windows.window_to', 'day') }}
        > attended.stage_norm_days
        and (not attended.is_censored or attended.is_long)
    group by all
),

compared as (
    select
        *,
        (sum(trials) over peers) - trials as other_trials,
        (sum(hits) over peers) - hits as other_hits
    from stood
    window peers as (partition by period_start, pipeline_id, stage_id)
),

scored as (
    select
        *,
        {{ likelihood_z('hits', 'trials', 'other_hits', 'other_trials') | indent(8) }} as z
    from compared
    where trials >= 10 and other_trials >= {{ var('low_n') }}
),

final as (
    select
        'stage_stands_long' as kind,
        period_start,
        'manager_stage' as subject_type,
        owner_id as manager_id,
        pipeline_id,
        stage_id,
        cast(null as string) as detail,
        cast(trials as bigint) as trials,
        cast(hits as bigint) as hits,
        {{ safe_divide('hits', 'trials') }} as value,
        {{ safe_divide('other_hits', 'other_trials') }} as expected,
        {{ normal_below('(-z)') }} as p_value,
        cast(null as double) as impact_amount,
        {{ evidence_key({
            'pipeline_id': 'pipeline_id', 'stage_id': 'stage_id', 'owner_id': 'owner_id',
        }) | indent(8) }} as evidence_key
    from scored
)

select * from final
