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
        -- A plan of the company has the scope `company`, under any name in the source.
        case when scope_type = 'company' then 'company' else scope_id end
            as scope_id,
        scope_id as delivered_scope_id,
        -- A plan without `set_at` is valid from the start.
        coalesce({{ business_date('set_at') }} <= period_start, true)
            as is_valid_at_start
    from {{ ref('fct_plan') }}
    where period_start <= period_end
),

-- Versions set after the first day are used only where none was valid on it.
valid_plans as (
    select
        *,
        first_value(version) over (
            partition by kpi_id, scope_type, scope_id, period_start, period_end
            order by set_at desc nulls last, version desc nulls last, delivered_scope_id asc
        ) as current_version,
        first_value(value) over (
            partition by kpi_id, scope_type, scope_id, period_start, period_end
            order by set_at desc nulls last, version desc nulls last, delivered_scope_id asc
        ) as current_value
    from plans
    qualify row_number() over (
        partition by kpi_id, scope_type, scope_id, period_start, period_end
        order by
            case when is_valid_at_start then 0 else 1 end asc,
            case when is_valid_at_start then set_at end desc nulls last,
            case when is_valid_at_start then version end desc nulls last,
            set_at asc nulls last,
            version asc nulls last,
            delivered_scope_id asc
    ) = 1
),

final as (
    select
        kpi_id,
        scope_type,
        scope_id,
        case
            when period_start = period_end then 'day'
            when
                period_start = {{ period_start('week', 'period_start') }}
                and period_end = {{ dbt.dateadd('day', 6, 'period_start') }} then 'week'
            when
                period_start = {{ period_start('month', 'period_start') }}
                and period_end = {{ dbt.last_day('period_start', 'month') }} then 'month'
            when
                period_start = cast({{ dbt.date_trunc('quarter', 'period_start') }} as date)
                and period_end = cast({{ dbt.dateadd(
                    'day', -1, dbt.dateadd('month', 3, 'period_start')
                ) }} as date) then 'quarter'
            else 'other'
        end as period_grain,
        period_start,
        period_end,
        version,
        value,
        current_version,
        current_value
    from valid_plans
)

select * from final
