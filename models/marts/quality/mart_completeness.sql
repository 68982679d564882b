with

mandatory as (
    select * from {{ ref('int_marts__mandatory_checks') }}
),

marts as (
    select distinct mart from {{ ref('mart_entities') }}
),

-- Without a period that is over, no forecast can be judged: no rows are not complete rows.
empty_marts as (
    select
        'mart_forecast_accuracy' as mart,
        'no_rows:periods_over' as lacked
    from {{ ref('mart_forecast_accuracy') }}
    having count(*) = 0
),

-- The days that gate 1 measures.
days as (
    select cast({{ dbt.dateadd('day', '-n', as_of_date()) }} as date) as date
    from {{ integers(0, 34) }}
),

mart_days as (
    select
        marts.mart,
        days.date
    from marts
    cross join days
),

-- A check of the whole night counts for every day, a daily one for its own.
applied as (
    select
        mart_days.mart,
        mart_days.date,
        mandatory.check_name,
        mandatory.value,
        mandatory.is_blocking,
        mandatory.is_applicable,
        case when mandatory.is_of_day then mandatory.value end as day_value,
        row_number() over (
            partition by mart_days.mart, mart_days.date
            order by
                mandatory.value asc nulls last,
                mandatory.is_blocking desc nulls last,
                mandatory.check_name asc nulls last
        ) as place
    from mart_days
    left join mandatory
        on
            mart_days.mart = mandatory.mart
            and (
                mandatory.date is null
                or mart_days.date = mandatory.date
            )
),

scored as (
    select
        mart,
        date,
        min(value) as score,
        min(day_value) as day_score,
        min(case when place = 1 and value < 1 then check_name end)
            as worst_check,
        coalesce(max(case when is_blocking then 1 else 0 end), 0) = 0
            as is_publishable,
        min(case when not is_applicable then check_name end) as lacked_source,
        min(empty_marts.lacked) as lacked_rows
    from applied
    left join empty_marts using (mart)
    group by mart, date
),

final as (
    select
        mart,
        date,
        case
            when lacked_source is not null then 'not applicable'
            when lacked_rows is not null and score = 1 then 'empty'
            when score = 1 then 'complete'
            else 'incomplete'
        end as status,
        case
            when lacked_source is not null then 'none'
            when not is_publishable then 'red'
            when lacked_rows is not null and score = 1 then 'none'
            when score = 1 then 'green'
            else 'yellow'
        end as status_color,
        case
            when lacked_source is not null or (lacked_rows is not null and score = 1) then null
            else cast(coalesce(score, 0) as double)
        end as score,
        coalesce(lacked_source, worst_check, lacked_rows) as worst_check,
        max(
            case when day_score = 1 and lacked_source is null then date end
        ) over (
            partition by mart
            order by date
            rows between unbounded preceding and current row
        ) as data_complete_through,
        case when lacked_source is null then is_publishable end
            as is_publishable,
        {{ as_of_date() }} as as_of_date
    from scored
)

select * from final
