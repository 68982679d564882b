with

calendar as (
    select
        date,
        is_workday
    from {{ ref('int_dates__spine') }}
),

opened as (
    select
        date,
        {{ business_clock('date', var('opens_minute') | int) }} as opens_at,
        -- A day off opens and closes at once.
        case
            when is_workday
                then {{ business_clock('date', var('closes_minute') | int) }}
            else {{ business_clock('date', var('opens_minute') | int) }}
        end as closes_at
    from calendar
),

measured as (
    select
        *,
        cast({{ seconds_between('opens_at', 'closes_at') }} as bigint)
            as working_seconds
    from opened
),

summed as (
    select
        *,
        cast(
            sum(working_seconds) over (
                order by date rows between unbounded preceding and current row
            ) - working_seconds as bigint
        ) as working_seconds_before
    from measured
)

select * from summed
