with

plans as (
    select
        kpi_id,
        scope_type,
        period_start,
        period_end,
        version,
        value,
        set_at,
        -- There is one company, whatever its plans call it.
        case when scope_type = 'company' then 'company' else scope_id end
            as scope_id,
        -- A plan without a time of setting is taken to have stood from the start.
        coalesce({{ business_date('set_at') }} <= period_start, true)
            as is_valid_at_start
    from {{ ref('fct_plan') }}
    where
        kpi_id in ('revenue', 'calls', 'average_check', 'leads')
        -- Only plans of a whole month: no plan is spread over other periods.
        and period_start = {{ period_start('month', 'period_start') }}
        and period_end = {{ dbt.last_day('period_start', 'month') }}
),

valid_plans as (
    select * from plans
    -- Edits made after the period began do not change what it is judged by.
    qualify row_number() over (
        partition by kpi_id, scope_type, scope_id, period_start
        order by
            case when is_valid_at_start then 0 else 1 end asc,
            case when is_valid_at_start then set_at end desc nulls last,
            case when is_valid_at_start then version end desc nulls last,
            set_at asc nulls last,
            version asc nulls last
    ) = 1
),

pivoted as (
    select
        scope_type,
        scope_id,
        'month' as period_grain,
        {%- for kpi in ['revenue', 'calls', 'average_check', 'leads'] %}
        cast(
            max(case when kpi_id = '{{ kpi }}' then value end) as {{ hundredths() }}
        ) as plan_{{ kpi }},
        {%- endfor %}
        period_start
    from valid_plans
    group by all
)

select * from pivoted
