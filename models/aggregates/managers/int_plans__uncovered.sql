{#- By KPI: the column of int_scopes__periods that adds up over scopes and days. -#}
{%- set columns = {
    'revenue': 'revenue', 'won_count': 'won_count', 'leads': 'leads_taken', 'calls': 'calls_out',
} -%}
{%- set plan = 'kpi_id, period_start, period_end' -%}
with

plans as (
    select * from {{ ref('int_plans__valid') }}
    where
        kpi_id in ({{ text_list(columns) }})
        and period_start <= {{ as_of_date() }}
        and current_value > 0
),

days as (
    select * from {{ ref('int_scopes__periods') }}
    where period_grain = 'day' and is_eventful and scope_type in ('department', 'manager')
),

-- The plans of the company and those of its departments; of its managers, if no department has one.
planned as (
    select
        {{ plan }},
        parts.scope_type,
        max(company.current_value) as company_plan,
        sum(parts.current_value) as parts_plan
    from plans as company
    inner join plans as parts using ({{ plan }})
    where company.scope_type = 'company' and parts.scope_type in ('department', 'manager')
    group by {{ plan }}, parts.scope_type
    qualify row_number() over (partition by {{ plan }} order by parts.scope_type) = 1
),

facts as (
    select
        planned.kpi_id,
        planned.period_start,
        planned.period_end,
        planned.scope_type,
        days.scope_id,
        max(planned.company_plan) as company_plan,
        max(planned.parts_plan) as parts_plan,
        coalesce(
            case planned.kpi_id
                {%- for kpi, column in columns.items() %}
                when '{{ kpi }}' then sum(days.{{ column }})
                {%- endfor %}
            end, 0
        ) as fact
    from planned
    inner join days
        on
            planned.scope_type = days.scope_type
            and days.period_start between planned.period_start and planned.period_end
    group by
        planned.kpi_id, planned.period_start, planned.period_end, planned.scope_type, days.scope_id
),

final as (
    select
        {{ plan }},
        'company' as scope_type,
        facts.scope_type as planned_scope_type,
        cast(sum(case when plans.scope_id is null then facts.fact else 0 end) as {{ money() }})
            as uncovered_fact
    from facts
    left join plans using ({{ plan }}, scope_type, scope_id)
    group by {{ plan }}, facts.scope_type
    having
        max(facts.company_plan) <= 1.01 * max(facts.parts_plan)
        and sum(case when plans.scope_id is null then facts.fact else 0 end)
        > 0.05 * sum(facts.fact)
)

select * from final
