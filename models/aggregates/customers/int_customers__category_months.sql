{%- set series = 'segment, product_category' -%}
with

dates as (select * from {{ ref('dim_date') }}),

purchases as (
    select * from {{ ref('int_customers__purchases') }}
    where product_category <> 'unknown'
),

months as (
    {{ months_over() }}
),

sold as (
    {%- for segment in ['segment', "'all'"] %}
    select
        {{ segment }} as segment,
        product_category,
        {{ period_start('month', 'purchased_on') }} as month_start,
        sum(units) as units
    from purchases
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

known as (
    {{ seasonal_series(series, 'units') }}
),

monthly as (
    select
        known.segment,
        known.product_category,
        {{ dbt.datediff('known.first_month', 'months.month_start', 'month') }} as month_no,
        cast(extract(month from months.month_start) as integer) as calendar_month,
        coalesce(sold.units, 0) as units,
        lag(coalesce(sold.units, 0), 12) over (
            partition by known.segment, known.product_category order by months.month_start
        ) as units_year_before
    from known
    inner join months on known.first_month <= months.month_start
    left join sold using ({{ series }}, month_start)
),

-- How much a month grows in a year: only the same months are compared, so no season is in it.
growths as (
    select
        {{ series }},
        {{ safe_divide(
            'sum(units) filter (where units_year_before is not null)', 'sum(units_year_before)'
        ) }} as growth
    from monthly
    group by {{ series }}
),

trended as (
    select
        monthly.*,
        power(growths.growth, monthly.month_no / 12e0) as trend
    from monthly
    inner join growths using ({{ series }})
    where growths.growth > 0
),

final as (
    select
        {{ series }},
        calendar_month,
        count(*) as years_count,
        sum(units) as units,
        sum(trend) as trend,
        case
            when sum(units) > 0
                then sum(units * units / trend) * sum(trend) / sum(units) - sum(units)
            else 0
        end as squares
    from trended
    group by {{ series }}, calendar_month
)

select * from final
