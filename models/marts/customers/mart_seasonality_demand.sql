{%- set first_day = dbt.dateadd('day', 7, period_start('week', as_of_date())) -%}
with

seasons as (select * from {{ ref('int_customers__demand_seasons') }}),

-- The days of the thirteen weeks to come.
days as (
    select
        cast({{ dbt.dateadd('day', 'n - n % 7', first_day) }} as date) as week_start,
        cast(extract(month from {{ dbt.dateadd('day', 'n', first_day) }}) as integer)
            as calendar_month
    from {{ integers(0, 90) }}
),

-- How the days of a week are to those of the last eight weeks.
weeks as (
    select
        days.week_start,
        seasons.segment,
        seasons.product_category,
        round((1 + avg(seasons.season)) / nullif(min(seasons.lately_factor), 0) - 1, 9) as rise,
        round((1 + avg(seasons.season_low)) / nullif(min(seasons.lately_factor), 0) - 1, 9)
            as rise_low,
        round((1 + avg(seasons.season_high)) / nullif(min(seasons.lately_factor), 0) - 1, 9)
            as rise_high,
        min(seasons.base_units) as base_units,
        min(seasons.base_amount) as base_amount,
        min(seasons.label) as label
    from seasons
    inner join days using (calendar_month)
    group by days.week_start, seasons.segment, seasons.product_category
),

final as (
    select
        week_start,
        segment,
        product_category,
        base_units,
        base_units * rise as extra_units,
        base_units * rise_low as extra_low,
        base_units * rise_high as extra_high,
        {%- for column, amount in {
            'base_amount': 'base_amount', 'extra_amount': 'base_amount * rise',
            'extra_amount_low': 'base_amount * rise_low',
            'extra_amount_high': 'base_amount * rise_high',
        }.items() %}
        {{ in_hundredths(
            'cast(' ~ amount ~ ' as ' ~ money() ~ ')',
            order_by='segment, product_category', partition_by='week_start',
        ) | indent(8) }} as {{ column }},
        {%- endfor %}
        case when rise is not null then label end as label,
        {{ as_of_date() }} as as_of_date
    from weeks
)

select * from final
