{%- set prompt_minutes = 15 -%}
with

windows as (select * from {{ ref('int_findings__windows') }}),

kpis as (
    select * from {{ ref('mart_manager_kpi') }}
    where period_grain = 'month'
),

leads as (
    select
        *,
        {{ business_date('created_at') }} as created_on
    from {{ ref('fct_lead') }}
    where not is_test and not is_spam and coalesce(source_type, '') <> 'call'
),

managers as (select * from {{ ref('dim_manager') }}),

-- Wins against those that the peers' rates give for the same mix of clients.
closed as (
    select
        windows.period_start,
        kpis.manager_id,
        coalesce(kpis.department, 'unassigned') as department,
        sum(kpis.won_count) as won,
        sum(kpis.closed_count) as closed,
        sum(kpis.expected_won) as expected_won,
        {{ safe_divide('sum(kpis.revenue)', 'sum(kpis.won_with_amount_count)') }}
            as average_check
    from kpis
    inner join windows
        on kpis.period_start between windows.window_from and windows.window_to
    where kpis.expected_won is not null
    group by windows.period_start, kpis.manager_id, coalesce(kpis.department, 'unassigned')
),

-- The peers' rates vary by chance, too: the fewer deals they closed, the more.
won as (
    select
        *,
        {{ safe_divide('won', 'closed') }} as value,
        {{ safe_divide('expected_won', 'closed') }} as expected,
        sum(closed) over (partition by period_start, department) - closed as peers_closed
    from closed
    where closed >= {{ var('low_n') }}
),

wins_tested as (
    select
        period_start,
        manager_id,
        closed as trials,
        won as hits,
        value,
        expected,
        (won - expected_won) / nullif(sqrt(
            closed * expected * greatest(0, 1 - expected)
            * (1 + closed / nullif(cast(peers_closed as double), 0))
        ), 0) as z,
        (won - expected_won) * average_check as impact_amount
    from won
),

-- Leads that can be judged: attempted in time, or old enough not to be.
answered as (
    select
        windows.period_start,
        leads.owner_id as manager_id,
        coalesce(managers.department, 'unassigned') as department,
        count(*) as trials,
        count(*) filter (where leads.speed_to_lead_minutes <= {{ prompt_minutes }}) as hits
    from leads
    inner join managers on leads.owner_id = managers.manager_id
    inner join windows
        on leads.created_on between windows.window_from and windows.window_to
    where leads.age_minutes > {{ prompt_minutes }} or leads.speed_to_lead_minutes is not null
    group by all
),

compared as (
    select
        *,
        sum(trials) over peers - trials as other_trials,
        sum(hits) over peers - hits as other_hits
    from answered
    window peers as (partition by period_start, department)
),

answers_tested as (
    select
        period_start,
        manager_id,
        trials,
        hits,
        {{ safe_divide('hits', 'trials') }} as value,
        {{ safe_divide('other_hits', 'other_trials') }} as expected,
        {{ shares_z('hits', 'trials', 'other_hits', 'other_trials') | indent(8) }} as z,
        cast(null as double) as impact_amount
    from compared
    where trials >= {{ var('low_n') }}
),

final as (
    {%- for kind, relation in [('wins', 'wins_tested'), ('answers', 'answers_tested')] %}
    select
        case when z < 0 then 'manager_{{ kind }}_less' else 'manager_{{ kind }}_more' end as kind,
        period_start,
        'manager' as subject_type,
        manager_id,
        cast(null as varchar) as pipeline_id,
        cast(null as varchar) as stage_id,
        cast(null as varchar) as detail,
        cast(trials as bigint) as trials,
        cast(hits as bigint) as hits,
        value,
        expected,
        2 * {{ normal_below('(-abs(z))') }} as p_value,
        impact_amount
    from {{ relation }}
    where z is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
