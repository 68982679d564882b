with

days_off as (
    select date from {{ ref('stg_ledger__days_off') }}
),

first_days as (
    {%- for entity, column in [
        ('leads', 'created_at'),
        ('deals', 'created_at'),
        ('stage_events', 'changed_at'),
        ('calls', 'started_at'),
        ('touchpoints', 'occurred_at'),
        ('payments', 'paid_at'),
        ('messages', 'sent_at'),
        ('tasks', 'created_at'),
        ('orders', 'created_at'),
    ] %}
    select {{ business_date('min(' ~ column ~ ')') }} as date
    from {{ ref('stg_entities__' ~ entity) }}
    union all
    {%- endfor %}
    {%- for entity in ['ad_stats', 'fees', 'stock'] %}
    select min(date) as date
    from {{ ref('stg_entities__' ~ entity) }}
    union all
    {%- endfor %}
    select min(period_start) as date
    from {{ ref('stg_entities__plans') }}
),

bounds as (
    -- A company without a single dated row still has the year of its as_of day.
    select
        least(
            coalesce(min(date), {{ as_of_date() }}),
            {{ as_of_date() }}
        ) as first_date,
        cast({{ dbt.date_trunc('year', as_of_date()) }} as date) as year_start
    from first_days
),

known_years as (
    select distinct extract(year from date) as year from days_off
),

numbers as (
    select n from {{ integers(0, 73050) }}
),

spine as (
    select
        cast({{ dbt.dateadd('day', 'numbers.n', 'bounds.first_date') }} as date)
            as date
    from numbers
    inner join bounds
        on numbers.n < {{ dbt.datediff(
            'bounds.first_date',
            dbt.dateadd('year', 1, 'bounds.year_start'),
            'day'
        ) }}
),

marked as (
    -- Of a year with no day off, not even a Sunday, nothing is known.
    select
        spine.date,
        case
            when known_years.year is not null then days_off.date is null
            else {{ dbt.datediff(
                dbt.date_trunc('week', 'spine.date'), 'spine.date', 'day'
            ) }} < 5
        end as is_workday
    from spine
    left join days_off
        on spine.date = days_off.date
    left join known_years
        on extract(year from spine.date) = known_years.year
)

select * from marked
