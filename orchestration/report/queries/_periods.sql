-- The periods that can be chosen: the last 35 days, 27 weeks and 25 months with any row of the
-- company, and the equally long windows that each is compared with. A period that as_of lies in is
-- compared as far as it went.
create temp table periods as
with as_of as (select as_of_date from marts.publication),

known as (
    select period_grain as grain, period_start as period
    from marts.mart_department_kpi
    where scope_type = 'company'
    union
    select 'day', date from marts.mart_channel_conversion
    union
    select 'day', date from marts.mart_shop_daily
    union
    select 'day', as_of_date from as_of
    union
    select 'week', cast(date_trunc('week', as_of_date) as date) from as_of
    union
    select 'month', cast(date_trunc('month', as_of_date) as date) from as_of
),

numbered as (
    select
        grain,
        period,
        case grain
            when 'day' then period
            when 'week' then period + 6
            else last_day(period)
        end as ends_on,
        case grain
            when 'day' then period - 1
            when 'week' then period - 7
            else cast(period - interval 1 month as date)
        end as previous_first,
        case grain
            when 'day' then cast(period - interval 1 year as date)
            when 'week' then period - 364
            else cast(period - interval 1 year as date)
        end as year_first,
        row_number() over (partition by grain order by period desc) as number
    from known
    where period <= (select as_of_date from as_of)
),

ends as (
    select
        *,
        ends_on <= as_of_date as is_over,
        least(ends_on, as_of_date) as last_on,
        cast(least(ends_on, as_of_date) - period as integer) as days
    from numbered cross join as_of
)

select
    grain,
    period,
    last_on,
    is_over,
    cast(date_trunc('month', last_on) as date) as month,
    previous_first,
    case when is_over then period - 1 else least(previous_first + days, period - 1) end
        as previous_last,
    year_first,
    case
        when grain = 'month' and is_over then last_day(year_first)
        when grain = 'month' then least(year_first + days, last_day(year_first))
        else year_first + days
    end as year_last
from ends
where number <= case grain when 'day' then 35 when 'week' then 27 else 25 end
