{#- CTEs `planned`, `whole_periods` and `compared`: every plan beside its fact. Expects the CTEs `plans`,
    `kpis`, `scopes`, `managers`, `departments` and `sums` of int_forecast__plans.

    A day, a week or a month has its row in the marts of managers; of any other period, and of calls and
    channels, days are added up. -#}
{% macro plan_facts() -%}
planned as (
    select distinct
        scope_type,
        scope_id,
        period_grain,
        period_start
    from plans
),

whole_periods as (
    {%- for mart, scope_type, scope_id in [
        ('managers', "'manager'", 'manager_id'),
        ('departments', 'departments.scope_type', 'scope_id'),
    ] %}
    select
        planned.*,
        {{ row_as_json(mart) }} as measures
    from planned
    inner join {{ mart }}
        on
            planned.scope_type = {{ scope_type }}
            and planned.scope_id = {{ mart }}.{{ scope_id }}
            and planned.period_grain = {{ mart }}.period_grain
            and planned.period_start = {{ mart }}.period_start
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compared as (
    select
        plans.kpi_id,
        plans.scope_type,
        plans.scope_id,
        plans.period_grain,
        plans.period_start,
        plans.period_end,
        plans.current_value as plan,
        plans.current_version as plan_version,
        plans.value as plan_at_start,
        plans.version as plan_at_start_version,
        kpis.figures,
        scopes.scope_id is not null as is_known_scope,
        case
            when not kpis.is_delivered then null
            when kpis.figures = 'scopes' and whole_periods.measures is not null
                then {{ json_number('whole_periods.measures', 'kpis.column_name') }}
            else coalesce(
                {{ json_number('sums.measures', 'kpis.column_name') }},
                {{ as_decimal(
                    safe_divide(
                        json_number('sums.measures', 'kpis.numerator_column'),
                        json_number('sums.measures', 'kpis.denominator_column')
                    ), money()
                ) }}
            )
        end as fact
    from plans
    inner join kpis using (kpi_id)
    left join scopes using (scope_type, scope_id)
    left join whole_periods using (scope_type, scope_id, period_grain, period_start)
    left join sums
        on
            kpis.figures = sums.figures
            and plans.scope_type = sums.scope_type
            and plans.scope_id = sums.scope_id
            and plans.period_start = sums.period_start
            and plans.period_end = sums.period_end
)
{%- endmacro %}
