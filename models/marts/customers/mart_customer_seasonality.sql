with

habits as (select * from {{ ref('int_customers__habits') }}),

purchases as (select * from {{ ref('int_customers__purchases') }}),

seasons as (select * from {{ ref('int_customers__seasons') }}),

calendar_months as (
    select n as calendar_month
    from {{ integers(1, 12) }}
),

-- What a month has been worth in the last twelve that are over.
lately as (
    select
        customer_id,
        cast(sum(revenue) as double) / 12 as month_amount,
        sum(units) / 12 as month_units
    from purchases
    where
        purchased_on < {{ period_start('month', dbt.dateadd('day', 1, as_of_date())) }}
        and purchased_on >= {{ dbt.dateadd(
            'month', -12, period_start('month', dbt.dateadd('day', 1, as_of_date()))
        ) }}
    group by customer_id
),

-- Customers who have come back; their own season, else that of their segment.
chosen as (
    select
        habits.customer_id,
        calendar_months.calendar_month,
        case
            when own.series_id is not null then 'own'
            when borrowed.series_id is not null then 'borrowed'
        end as label,
        {%- for column in [
            'years_count', 'seasonal_index', 'usual_index', 'uplift', 'uplift_low', 'uplift_high',
            'p_value', 'is_significant',
        ] %}
        case when own.series_id is not null then own.{{ column }} else borrowed.{{ column }} end
            as {{ column }},
        {%- endfor %}
        cast({{ dbt.dateadd(
            'month',
            '(calendar_months.calendar_month - cast(extract(month from ' ~ as_of_date()
            ~ ') as integer) + 11) % 12 + 1',
            period_start('month', as_of_date()),
        ) }} as date) as next_start_on,
        lately.month_amount,
        lately.month_units
    from habits
    cross join calendar_months
    left join seasons as own
        on
            own.series_type = 'customer'
            and habits.customer_id = own.series_id
            and calendar_months.calendar_month = own.calendar_month
    left join seasons as borrowed
        on
            borrowed.series_type = 'segment'
            and habits.segment = borrowed.series_id
            and calendar_months.calendar_month = borrowed.calendar_month
    left join lately on habits.customer_id = lately.customer_id
    where habits.won_count > 1
),

final as (
    select
        customer_id,
        calendar_month,
        cast(years_count as bigint) as years_count,
        seasonal_index,
        uplift,
        uplift_low,
        uplift_high,
        p_value,
        is_significant,
        label,
        next_start_on,
        case
            when is_significant and uplift >= {{ var('season_min_uplift') }}
                then cast({{ dbt.dateadd(
                    'day', -(var('season_lead_days') | int), 'next_start_on'
                ) }} as date)
        end as warn_on,
        {{ as_decimal(
            'coalesce(month_amount, 0) * (seasonal_index - usual_index)', hundredths()
        ) }} as expected_extra_amount,
        month_units * (seasonal_index - usual_index) as expected_extra_units,
        {{ as_of_date() }} as as_of_date
    from chosen
)

select * from final
