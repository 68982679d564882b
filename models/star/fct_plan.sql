with

plans as (
    select * from {{ ref('int_plans__conformed') }}
),

published as (
    select
        kpi_id,
        scope_type,
        scope_id,
        period_start,
        period_end,
        version,
        value,
        set_at
    from plans
)

select * from published
