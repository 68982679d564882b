with

measured as (
    select
        scope_id as manager_id,
        parent_id as department,
        period_start,
        kpi_id,
        trials_count,
        value,
        value_low,
        value_high
    from {{ ref('int_coaching__values') }}
    where scope_type = 'manager' and scope_id <> 'unassigned'
),

departments as (
    select
        scope_id as department,
        period_start,
        kpi_id,
        trials_count as department_trials,
        (value_high - value_low) / 2 as department_margin
    from {{ ref('int_coaching__values') }}
    where scope_type = 'department'
),

kpis as (select * from {{ ref('dim_kpi') }}),

samples as (select * from {{ ref('int_coaching__samples') }}),

compared as (
    select
        own.manager_id,
        own.kpi_id,
        own.period_start,
        count(peers.value) as peers_count,
        {{ median('peers.value') }} as peers_median
    from measured as own
    left join measured as peers
        on
            own.department = peers.department
            and own.period_start = peers.period_start
            and own.kpi_id = peers.kpi_id
            and own.manager_id <> peers.manager_id
    group by own.manager_id, own.kpi_id, own.period_start
),

joined as (
    select
        measured.*,
        compared.peers_count,
        compared.peers_median,
        measured.value - compared.peers_median as gap,
        -- The peers have fewer cases than the department, and a median of their values varies
        -- more than a mean: by the root of pi / 2.
        departments.department_margin * sqrt(
            pi() / 2 * {{ safe_divide(
                'departments.department_trials',
                'departments.department_trials - measured.trials_count'
            ) }}
        ) as peers_margin,
        kpis.good_direction,
        measured.kpi_id in ({{ text_list(coached_shares()) | indent(8) }}) as is_share,
        {{ coached_sample_kind('measured.kpi_id') | indent(8) }} as sample_kind
    from measured
    inner join kpis using (kpi_id)
    left join compared using (manager_id, kpi_id, period_start)
    left join departments using (department, kpi_id, period_start)
),

bounded as (
    select
        *,
        gap - sqrt(power(value - value_low, 2) + power(peers_margin, 2)) as gap_ci_low,
        gap + sqrt(power(value_high - value, 2) + power(peers_margin, 2)) as gap_ci_high,
        case
            when value is not null
                then rank() over (
                    partition by department, kpi_id, period_start
                    order by
                        case good_direction when 'down' then value else -value end asc nulls last
                )
        end as rank
    from joined
),

-- One-sided, by the side of the interval that is nearer to 0.
tested as (
    select
        *,
        case good_direction when 'down' then gap_ci_low > 0 else gap_ci_high < 0 end as is_apart,
        {{ worse_by_chance() }} as p_value
    from bounded
),

ranked as (
    select
        *,
        {{ own_q_value('p_value', ['period_start']) }} as own_q_value
    from tested
),

judged as (
    select
        *,
        {{ q_value('own_q_value', 'p_value', ['period_start']) }} as q_value
    from ranked
),

final as (
    select
        judged.manager_id,
        judged.kpi_id,
        judged.period_start,
        judged.department,
        judged.good_direction,
        judged.trials_count,
        judged.value,
        -- A t interval may pass 0, and a mean of amounts above 0 does not.
        case
            when judged.value >= 0 and judged.value_low < 0 then 0 else judged.value_low
        end as value_ci_low,
        judged.value_high as value_ci_high,
        judged.peers_count,
        judged.peers_median,
        judged.gap,
        case
            when judged.is_share and judged.gap_ci_low < -1 then -1 else judged.gap_ci_low
        end as gap_ci_low,
        case
            when judged.is_share and judged.gap_ci_high > 1 then 1 else judged.gap_ci_high
        end as gap_ci_high,
        case
            when judged.p_value is not null
                then judged.is_apart and judged.q_value <= {{ false_finding_rate() }}
        end as is_worse_than_peers,
        judged.rank,
        coalesce(samples.sample_deal_ids, '[]') as sample_deal_ids,
        coalesce(samples.sample_call_ids, '[]') as sample_call_ids,
        judged.trials_count < {{ var('low_n') }} as is_low_n,
        {{ as_of_date() }} as as_of_date
    from judged
    left join samples using (manager_id, period_start, sample_kind)
),

{{ named('final', ['peer', 'kpi']) }}

select * from named
