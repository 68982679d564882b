with

windows as (select * from {{ ref('int_findings__windows') }}),

kpis as (
    select * from {{ ref('mart_manager_kpi') }}
    where period_grain = 'month'
),

summed as (
    select
        windows.period_start,
        kpis.manager_id,
        coalesce(kpis.department, 'unassigned') as department,
        sum(kpis.crm_won_count) filter (where kpis.expected_won is not null) as won,
        sum(kpis.crm_closed_count) filter (where kpis.expected_won is not null) as closed,
        sum(kpis.expected_won) as expected_won,
        sum(kpis.leads_within_15) as answered,
        sum(kpis.leads_timed) as timed,
        {{ safe_divide('sum(kpis.crm_won_amount)', 'sum(kpis.crm_won_with_amount_count)') }}
            as average_check,
        max(kpis.period_start) as last_month
    from kpis
    inner join windows
        on kpis.period_start between windows.window_from and windows.window_to
    group by windows.period_start, kpis.manager_id, coalesce(kpis.department, 'unassigned')
),

compared as (
    select
        *,
        {{ safe_divide('expected_won', 'closed') }} as expected_rate,
        (sum(closed) over peers) - closed as other_closed,
        (sum(answered) over peers) - answered as other_answered,
        (sum(timed) over peers) - timed as other_timed
    from summed
    window peers as (partition by period_start, department)
),

-- Wins against those that the peers' rates give for the same mix of clients: as if the peers had
-- closed all their deals with this mix.
wins as (
    select
        'wins' as subject,
        period_start,
        last_month,
        manager_id,
        closed as trials,
        won as hits,
        expected_rate as expected,
        {{ likelihood_z(
            'won', 'closed', '(expected_rate * other_closed)', 'other_closed'
        ) | indent(8) }} as z,
        (won - expected_won) * average_check as impact_amount
    from compared
    where closed >= {{ var('low_n') }}
),

answers as (
    select
        'answers' as subject,
        period_start,
        last_month,
        manager_id,
        timed as trials,
        answered as hits,
        {{ safe_divide('other_answered', 'other_timed') }} as expected,
        {{ likelihood_z('answered', 'timed', 'other_answered', 'other_timed') | indent(8) }} as z,
        cast(null as double) as impact_amount
    from compared
    where timed >= {{ var('low_n') }}
),

united as (
    select * from wins
    union all
    select * from answers
),

final as (
    select
        'manager_' || subject || case when z < 0 then '_less' else '_more' end as kind,
        period_start,
        'manager' as subject_type,
        manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        cast(null as string) as detail,
        cast(trials as bigint) as trials,
        cast(hits as bigint) as hits,
        {{ safe_divide('hits', 'trials') }} as value,
        expected,
        2 * {{ normal_below('(-abs(z))') }} as p_value,
        impact_amount,
        {{ evidence_key({
            'manager_id': 'manager_id',
            'period_grain': "'month'",
            'period_start': 'last_month',
        }) | indent(8) }} as evidence_key
    from united
    where z is not null
)

select * from final
