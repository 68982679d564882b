with

numbers as (
    select n from {{ integers(0, finding_months() - 1) }}
),

months as (
    select
        cast({{ dbt.dateadd('month', '-n', period_start('month', as_of_date())) }} as date)
            as period_start
    from numbers
),

final as (
    select
        period_start,
        cast({{ dbt.dateadd('month', -2, 'period_start') }} as date) as window_from,
        least(
            cast({{ dbt.last_day('period_start', 'month') }} as date), {{ as_of_date() }}
        ) as window_to,
        cast({{ dbt.dateadd('month', -8, 'period_start') }} as date) as usual_from,
        cast({{ dbt.dateadd('month', -23, 'period_start') }} as date) as earned_from,
        cast({{ dbt.dateadd('month', -4, 'period_start') }} as date) as cohort_from,
        cast({{ dbt.dateadd('month', -2, 'period_start') }} as date) as cohort_to,
        cast({{ dbt.dateadd('month', -10, 'period_start') }} as date) as cohort_usual_from
    from months
)

select * from final
