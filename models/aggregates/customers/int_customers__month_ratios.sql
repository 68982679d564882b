{%- set series = 'series_type, series_id' -%}
with

dates as (select * from {{ ref('dim_date') }}),

purchases as (select * from {{ ref('int_customers__purchases') }}),

months as (
    {{ months_over() }}
),

sold as (
    {%- for series_type, series_id in {'customer': 'customer_id', 'segment': 'segment'}.items() %}
    select
        '{{ series_type }}' as series_type,
        {{ series_id }} as series_id,
        {{ period_start('month', 'purchased_on') }} as month_start,
        sum(revenue) as amount
    from purchases
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

known as (
    {{ seasonal_series(series, 'amount') }}
),

monthly as (
    select
        known.series_type,
        known.series_id,
        months.month_start,
        coalesce(sold.amount, 0) as amount
    from known
    inner join months on known.first_month <= months.month_start
    left join sold using ({{ series }}, month_start)
),

trended as (
    select
        *,
        -- The centred mean of twelve months: the months at both ends of thirteen count half.
        case
            when count(*) {{ months_around(6, 6) }} = 13
                then (
                    sum(amount) {{ months_around(6, 5) }} + sum(amount) {{ months_around(5, 6) }}
                ) / 24
        end as trend,
        sum(amount) {{ months_around(6, 6) }} / count(*) {{ months_around(6, 6) }} as usual_amount
    from monthly
),

rated as (
    select
        *,
        cast(extract(month from month_start) as integer) as calendar_month,
        case when trend > 0 then amount / trend end as ratio
    from trended
),

final as (
    select
        {{ series }},
        calendar_month,
        count(*) as years_count,
        count(*) filter (where amount > usual_amount) as years_above,
        count(ratio) as ratios_count,
        {{ median('ratio') }} as seasonal_index,
        sum(ratio) as ratios_sum,
        sum(ratio * ratio) as squares_sum
    from rated
    group by {{ series }}, calendar_month
)

select * from final
