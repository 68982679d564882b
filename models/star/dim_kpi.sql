with

kpis as (select * from {{ ref('kpis') }}),

published as (
    select
        kpi_id,
        marts,
        column_name,
        name_en,
        name_ru,
        formula,
        numerator_column,
        denominator_column,
        unit,
        grain,
        good_direction,
        details
    from kpis
)

select * from published
