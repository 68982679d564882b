{%- set first_day = dbt.dateadd('day', 7, period_start('week', as_of_date())) -%}
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

seasons as (select * from {{ ref('int_customers__seasons') }}),

-- The days of these weeks, which have no week to come, and those of the thirteen to come.
days as (
    select
        cast(null as date) as week_start,
        cast({{ dbt.dateadd('day', '-n', as_of_date()) }} as date) as date
    from {{ integers(0, 55) }}
    union all
    select
        cast({{ dbt.dateadd('day', 'n - n % 7', first_day) }} as date) as week_start,
        cast({{ dbt.dateadd('day', 'n', first_day) }} as date) as date
    from {{ integers(0, 90) }}
),

series as (
    select
        recent.segment,
        recent.product_category,
        case when count(own.series_id) > 0 then 'category' else 'segment' end as series_type,
        case
            when count(own.series_id) > 0 then recent.segment || '/' || recent.product_category
            else recent.segment
        end as series_id
    from recent
    left join seasons as own
        on
            own.series_type = 'category'
            and recent.segment || '/' || recent.product_category = own.series_id
    group by recent.segment, recent.product_category
),

-- How a day of the week's months is to a usual day of the series.
factors as (
    select
        series.segment,
        series.product_category,
        series.series_type,
        days.week_start,
        case when count(seasons.season) = count(*) then 1 + avg(seasons.season) end as factor,
        1 + avg(least(seasons.season, seasons.uplift_low)) as factor_low,
        1 + avg(greatest(seasons.season, seasons.uplift_high)) as factor_high
    from series
    cross join days
    left join seasons
        on
            series.series_type = seasons.series_type
            and series.series_id = seasons.series_id
            and extract(month from days.date) = seasons.calendar_month
    group by all
),

joined as (
    select
        coming.week_start,
        recent.segment,
        recent.product_category,
        coming.series_type,
        recent.base_amount,
        {%- for bound in ['', '_low', '_high'] %}
        round(coming.factor{{ bound }} / nullif(lately.factor, 0) - 1, 9) as rise{{ bound }},
        {%- endfor %}
        recent.base_units
    from recent
    inner join factors as coming using (segment, product_category)
    inner join factors as lately using (segment, product_category)
    where coming.week_start is not null and lately.week_start is null
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
        case
            when rise is null then null
            when series_type = 'category' then 'own'
            else 'borrowed'
        end as label,
        {{ as_of_date() }} as as_of_date
    from joined
)

select * from final
