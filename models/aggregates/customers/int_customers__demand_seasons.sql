{%- set columns = [
    'years_count', 'seasonal_index', 'p_value', 'is_significant', 'season', 'season_low', 'season_high',
] -%}
with

-- The last eight weeks: what is sold lately.
recent as (
    select
        segment,
        product_category,
        cast(
            cast(coalesce(sum(revenue), 0) as decimal(30, 10)) * 0.125 as {{ money() }}
        ) as base_amount,
        sum(units) / 8 as base_units
    from {{ ref('int_customers__purchases') }}
    where {{ dbt.datediff('purchased_on', as_of_date(), 'day') }} < 56
    group by segment, product_category
),

category_seasons as (select * from {{ ref('int_customers__category_seasons') }}),

segment_seasons as (
    select
        *,
        uplift_low as season_low,
        uplift_high as season_high
    from {{ ref('int_customers__seasons') }}
    where series_type = 'segment'
),

calendar_months as (
    select n as calendar_month
    from {{ integers(1, 12) }}
),

days as (
    select
        cast(extract(month from {{ dbt.dateadd('day', '-n', as_of_date()) }}) as integer)
            as calendar_month
    from {{ integers(0, 55) }}
),

-- The season of the category within the segment, else of the category: the first that is
-- significant, or else the first that is known. That of the segment is for what has neither.
chosen as (
    select
        recent.segment,
        recent.product_category,
        calendar_months.calendar_month,
        recent.base_amount,
        recent.base_units,
        {%- for column in columns %}
        case
            when own.is_significant then own.{{ column }}
            when category.is_significant then category.{{ column }}
            when own.segment is not null then own.{{ column }}
            when category.segment is not null then category.{{ column }}
            else borrowed.{{ column }}
        end as {{ column }},
        {%- endfor %}
        case
            when own.is_significant then 'own'
            when category.is_significant then 'borrowed'
            when own.segment is not null then 'own'
            when coalesce(category.segment, borrowed.series_id) is not null then 'borrowed'
        end as label
    from recent
    cross join calendar_months
    left join category_seasons as own using (segment, product_category, calendar_month)
    left join category_seasons as category
        on
            category.segment = 'all'
            and recent.product_category = category.product_category
            and calendar_months.calendar_month = category.calendar_month
    left join segment_seasons as borrowed
        on
            recent.segment = borrowed.series_id
            and calendar_months.calendar_month = borrowed.calendar_month
),

-- How the last eight weeks are to a usual time of the year.
lately as (
    select
        chosen.segment,
        chosen.product_category,
        case when count(chosen.season) = count(*) then 1 + avg(chosen.season) end as lately_factor
    from chosen
    inner join days using (calendar_month)
    group by chosen.segment, chosen.product_category
),

final as (
    select
        chosen.segment,
        chosen.product_category,
        chosen.calendar_month,
        chosen.base_amount,
        chosen.base_units,
        chosen.label,
        chosen.years_count,
        chosen.seasonal_index,
        chosen.p_value,
        chosen.is_significant,
        chosen.season,
        least(chosen.season, chosen.season_low) as season_low,
        greatest(chosen.season, chosen.season_high) as season_high,
        lately.lately_factor
    from chosen
    inner join lately using (segment, product_category)
)

select * from final
