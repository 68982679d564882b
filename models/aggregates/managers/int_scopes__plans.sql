with

plans as (
    select * from {{ ref('int_plans__valid') }}
    -- Only plans of a whole month: no plan is spread over other periods.
    where period_grain = 'month'
),

pivoted as (
    select
        scope_type,
        scope_id,
        period_grain,
        {%- for kpi in ['revenue', 'calls', 'average_check', 'leads'] %}
        cast(
            max(case when kpi_id = '{{ kpi }}' then value end) as {{ hundredths() }}
        ) as plan_{{ kpi }},
        {%- endfor %}
        period_start
    from plans
    where kpi_id in ('revenue', 'calls', 'average_check', 'leads')
    group by scope_type, scope_id, period_grain, period_start
)

select * from pivoted
