{%- set month_days =
    dbt.datediff('next_start_on', dbt.dateadd('month', 1, 'next_start_on'), 'day') -%}
with

seasons as (select * from {{ ref('int_customers__demand_seasons') }}),

-- When each month next begins.
dated as (
    select
        *,
        cast({{ dbt.dateadd(
            'month',
            '(calendar_month - cast(extract(month from ' ~ as_of_date()
            ~ ') as integer) + 11) % 12 + 1',
            period_start('month', as_of_date()),
        ) }} as date) as next_start_on
    from seasons
),

-- What its days sell outside of any season.
monthly as (
    select
        *,
        base_units / 7 * {{ month_days }} / nullif(lately_factor, 0) as month_units,
        cast(base_amount as double) / 7 * {{ month_days }} / nullif(lately_factor, 0)
            as month_amount
    from dated
),

final as (
    select
        segment,
        product_category,
        calendar_month,
        next_start_on,
        label,
        cast(years_count as bigint) as years_count,
        seasonal_index,
        p_value,
        is_significant,
        season,
        base_units,
        round(month_units, 9) as usual_units,
        round(month_units * (1 + season), 9) as expected_units,
        round(month_units * (1 + season_low), 9) as expected_units_low,
        round(month_units * (1 + season_high), 9) as expected_units_high,
        {{ in_hundredths(
            'base_amount', order_by='segment, product_category', partition_by='calendar_month',
        ) | indent(8) }} as base_amount,
        {{ as_decimal('month_amount * (1 + season)', hundredths()) }} as expected_amount,
        {{ as_of_date() }} as as_of_date
    from monthly
)

select * from final
