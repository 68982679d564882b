with

spine as (
    select * from {{ ref('int_dates__spine') }}
),

periods as (
    select
        date,
        is_workday,
        cast({{ dbt.date_trunc('week', 'date') }} as date) as week_start,
        cast({{ dbt.date_trunc('month', 'date') }} as date) as month_start
    from spine
),

counted as (
    select
        *,
        -- A week belongs to the year of its Thursday.
        {{ dbt.dateadd('day', 3, 'week_start') }} as thursday,
        sum(case when is_workday then 1 else 0 end) over (
            partition by month_start
            order by date
        ) as workday_of_month,
        sum(case when is_workday then 1 else 0 end) over (
            partition by month_start
        ) as workdays_in_month
    from periods
),

named as (
    select
        date,
        concat(
            extract(year from thursday),
            '-W',
            lpad(cast(extract(week from date) as string), 2, '0')
        ) as iso_week,
        concat(
            extract(year from date),
            '-',
            lpad(cast(extract(month from date) as string), 2, '0')
        ) as month,
        concat(
            extract(year from date), '-Q', extract(quarter from date)
        ) as quarter,
        cast(extract(year from date) as integer) as year,
        is_workday,
        cast(workday_of_month as integer) as workday_of_month,
        cast(workdays_in_month as integer) as workdays_in_month
    from counted
)

select * from named
