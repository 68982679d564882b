with

calls as (
    select
        started_on as date,
        cast(extract(hour from {{ business_time('started_at') }}) as integer) as hour_of_day,
        manager_id,
        direction,
        status
    from {{ ref('fct_call') }}
    where not is_test
),

counted as (
    select
        date,
        hour_of_day,
        manager_id,
        direction,
        count(*) as sessions,
        count(*) filter (where status = 'answered') as answered,
        count(*) filter (where status = 'missed') as missed,
        count(*) filter (where status = 'abandoned_short') as abandoned_short
    from calls
    group by date, hour_of_day, manager_id, direction
),

final as (
    select
        date,
        cast({{ dbt.datediff(dbt.date_trunc('week', 'date'), 'date', 'day') }} + 1 as integer)
            as day_of_week,
        hour_of_day,
        manager_id,
        direction,
        sessions,
        answered,
        missed,
        abandoned_short,
        {{ as_of_date() }} as as_of_date
    from counted
),

{{ named('final', ['manager']) }}

select * from named
