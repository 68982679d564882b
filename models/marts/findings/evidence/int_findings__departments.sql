with

windows as (select * from {{ ref('int_findings__windows') }}),

departments as (
    select * from {{ ref('mart_department_kpi') }}
    where period_grain = 'month' and scope_type in ('company', 'department')
),

departments_before as (
    select
        *,
        sum(crm_won_count) over months_before as other_won,
        sum(crm_closed_count) over months_before as other_closed
    from departments
    window months_before as (
        partition by scope_type, scope_id
        order by period_start
        rows between {{ var('baseline_periods') }} preceding and 1 preceding
    )
),

scored as (
    select
        departments_before.*,
        {{ safe_divide('other_won', 'other_closed') }} as expected,
        {{ likelihood_z(
            'crm_won_count', 'crm_closed_count', 'other_won', 'other_closed'
        ) | indent(8) }} as z
    from departments_before
    inner join windows on departments_before.period_start = windows.period_start
    where crm_closed_count >= {{ var('low_n') }} and other_closed >= {{ var('low_n') }}
),

departments_tested as (
    select
        'win_rate_falls' as kind,
        period_start,
        scope_type as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        scope_id as detail,
        cast(crm_closed_count as bigint) as trials,
        cast(crm_won_count as bigint) as hits,
        win_rate as value,
        expected,
        {{ normal_below('z') }} as p_value,
        (crm_won_count - crm_closed_count * expected)
        * {{ safe_divide('crm_won_amount', 'crm_won_with_amount_count') }} as impact_amount,
        {{ evidence_key({
            'scope_type': 'scope_type',
            'scope_id': 'scope_id',
            'period_grain': "'month'",
            'period_start': 'period_start',
        }) | indent(8) }} as evidence_key
    from scored
)

select * from departments_tested
