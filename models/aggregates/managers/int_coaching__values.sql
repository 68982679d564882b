{%- set key = 'scope_type, scope_id, period_start' -%}
with

periods as (
    select * from {{ ref('int_scopes__periods') }}
    where period_grain = 'month' and scope_type in ('manager', 'department')
),

mix as (
    select * from {{ ref('int_scopes__mix') }}
    where period_grain = 'month' and scope_type = 'manager'
),

spreads as (select * from {{ ref('int_coaching__spreads') }}),

scopes as (
    select * from {{ ref('int_scopes__managers') }}
    where scope_type in ('manager', 'department')
),

calls as (
    select
        scopes.scope_type,
        scopes.scope_id,
        max(scopes.parent_id) as parent_id,
        {{ period_start('month', 'daily.date') }} as period_start,
        sum(daily.answered_in_time) as answered_in_time,
        sum(daily.sla_sessions) as sla_sessions
    from {{ ref('int_calls__daily') }} as daily
    inner join scopes on daily.manager_id = scopes.manager_id
    group by all
),

-- The wins of a department at the win rate of its own managers are its wins.
indexed as (
    select
        periods.*,
        case periods.scope_type
            when 'department' then nullif(periods.crm_won_count, 0)
            else mix.expected_won
        end as expected_won
    from periods
    left join mix using ({{ key }})
),

spread as (
    select
        periods.*,
        {{ safe_divide('periods.won_amount', 'periods.won_with_amount_count') }} as average_check,
        spreads.kpi_id,
        spreads.samples_count,
        spreads.median_low,
        spreads.median_high,
        spreads.mean_margin
    from periods
    inner join spreads using ({{ key }})
),

united as (
    {%- for kpi_id, (relation, hits, trials) in coached_shares().items() %}
    select
        {{ key }},
        parent_id,
        '{{ kpi_id }}' as kpi_id,
        cast({{ trials }} as bigint) as trials_count,
        {{ safe_divide(hits, trials) }} as value,
        {{ wilson_low(hits, trials) | indent(8) }} as value_low,
        {{ wilson_high(hits, trials) | indent(8) }} as value_high
    from {{ relation }}
    where {{ trials }} > 0
    union all
    {%- endfor %}
    select
        {{ key }},
        parent_id,
        'mix_index' as kpi_id,
        crm_closed_count as trials_count,
        {{ safe_divide('crm_won_count', 'expected_won') }} as value,
        {{ wilson_low('crm_won_count', 'crm_closed_count') | indent(8) }}
        * {{ safe_divide('crm_closed_count', 'expected_won') }} as value_low,
        {{ wilson_high('crm_won_count', 'crm_closed_count') | indent(8) }}
        * {{ safe_divide('crm_closed_count', 'expected_won') }} as value_high
    from indexed
    where crm_closed_count > 0
    union all
    select
        {{ key }},
        parent_id,
        kpi_id,
        samples_count as trials_count,
        average_check as value,
        average_check - mean_margin as value_low,
        average_check + mean_margin as value_high
    from spread
    where kpi_id = 'average_check'
    {%- for median in ['speed_to_lead_p50_minutes', 'sales_cycle_median_days'] %}
    union all
    select
        {{ key }},
        parent_id,
        kpi_id,
        samples_count as trials_count,
        {{ median }} as value,
        median_low as value_low,
        median_high as value_high
    from spread
    where kpi_id = '{{ median }}'
    {%- endfor %}
)

select * from united
