with

spine as (
    select * from {{ ref('int_dates__spine') }}
),

-- Of two sources with a rate for one day, the first by name.
rates as (
    select
        date,
        upper(currency) as currency,
        min_by(rate_to_base, source) as rate_to_base
    from {{ ref('stg_entities__fx_rates') }}
    where
        upper(currency) != '{{ var("base_currency") }}'
        and date <= {{ as_of_date() }}
        -- A rate of 0 would make all amounts 0.
        and rate_to_base > 0
    group by date, upper(currency)
),

followed as (
    select
        *,
        lead(date) over (partition by currency order by date) as next_date
    from rates
),

ages as (
    select n from {{ integers(0, var('fx_max_age_days')) }}
),

filled as (
    select
        cast({{ dbt.dateadd('day', 'ages.n', 'followed.date') }} as date) as date,
        followed.currency,
        followed.rate_to_base
    from followed
    inner join ages
        on
            {{ dbt.dateadd('day', 'ages.n', 'followed.date') }} < followed.next_date
            or followed.next_date is null
),

with_base as (
    select * from filled

    union all

    select
        date,
        '{{ var("base_currency") }}' as currency,
        cast(1 as {{ rate_of_exchange() }}) as rate_to_base
    from spine
)

select * from with_base
