with

plans as (select * from {{ ref('int_plans__valid') }}),

-- The group of figures that has the KPI.
kpis as (
    select
        *,
        case
            when marts like '%mart_department_kpi%' then 'scopes'
            when marts like '%mart_call_daily%' then 'calls'
            when marts like '%mart_channel_conversion%' then 'channels'
        end as figures
    from {{ ref('dim_kpi') }}
),

scopes as (
    select distinct
        scope_type,
        scope_id
    from {{ ref('int_scopes__managers') }}
),

managers as (select * from {{ ref('mart_manager_kpi') }}),

departments as (select * from {{ ref('mart_department_kpi') }}),

sums as (select * from {{ ref('int_plans__sums') }}),

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

-- A day, a week or a month has its row in the marts of managers; of any other period, and of calls
-- and channels, days are added up.
compared as (
    select
        plans.*,
        kpis.name_en as kpi_name,
        kpis.unit,
        kpis.figures,
        scopes.scope_id is not null as is_known_scope,
        case
            when kpis.figures = 'scopes' and whole_periods.measures is not null
                then {{ json_number('whole_periods.measures', 'kpis.column_name') }}
            else coalesce(
                {{ json_number('sums.measures', 'kpis.column_name') }},
                cast(
                    {{ safe_divide(
                        json_number('sums.measures', 'kpis.numerator_column'),
                        json_number('sums.measures', 'kpis.denominator_column')
                    ) }} as {{ money() }}
                )
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
),

final as (
    select
        kpi_id,
        scope_type,
        scope_id,
        period_start,
        period_end,
        kpi_name,
        unit,
        version,
        cast(value as {{ money() }}) as plan,
        fact,
        {{ safe_divide('fact', 'value') }} as completion,
        case
            when fact is not null then 'measured'
            when period_start > {{ as_of_date() }} then 'not_started'
            when not is_known_scope then 'scope_unknown'
            when figures is null or (figures = 'channels' and scope_type <> 'company')
                then 'not_counted'
            else 'undefined'
        end as fact_status,
        period_end <= {{ as_of_date() }} as is_over,
        {{ as_of_date() }} as as_of_date
    from compared
)

select * from final
