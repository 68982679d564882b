with

days as (select * from {{ ref('int_forecast__days') }}),

created as (
    select * from {{ ref('int_forecast__standings') }}
    where stage_id = 'created'
),

incidence as (
    select * from {{ ref('int_forecast__incidence') }}
    where stage_id = 'created'
),

amounts as (select * from {{ ref('int_forecast__amounts') }}),

calendar as (select * from {{ ref('dim_date') }}),

dates as (select distinct date from days),

-- The weeks before each day: working days and others apart.
weeks as (
    select
        dates.date,
        calendar.is_workday,
        count(*) as days_count
    from dates
    inner join calendar
        on
            dates.date >= calendar.date
            and calendar.date > cast({{ dbt.dateadd(
                'day', -7 * (var('forecast_recent_weeks') | int), 'dates.date'
            ) }} as date)
    group by all
),

daily as (
    select
        created.entered_on,
        calendar.is_workday,
        created.manager_id,
        created.pipeline_id,
        created.segment,
        count(*) as deals
    from created
    inner join calendar on created.entered_on = calendar.date
    group by all
),

rates as (
    select
        weeks.date,
        weeks.is_workday,
        daily.manager_id,
        daily.pipeline_id,
        daily.segment,
        sum(daily.deals) / cast(max(weeks.days_count) as double) as deals_a_day
    from weeks
    inner join daily
        on
            weeks.is_workday = daily.is_workday
            and weeks.date >= daily.entered_on
            and daily.entered_on > cast({{ dbt.dateadd(
                'day', -7 * (var('forecast_recent_weeks') | int), 'weeks.date'
            ) }} as date)
    group by all
),

-- Of one deal a day, those won by the end of the period; those of the last day on that day.
chances as (
    select
        days.date,
        days.period_grain,
        days.learned_on,
        coming.is_workday,
        incidence.pipeline_id,
        incidence.segment,
        sum(incidence.win_probability) as won,
        sum(sqrt(incidence.variance)) as rate_sd
    from days
    inner join calendar as coming
        on days.date < coming.date and days.period_end >= coming.date
    inner join incidence
        on
            days.learned_on = incidence.learned_on
            and incidence.horizon_days
            = {{ dbt.datediff('coming.date', 'days.period_end', 'day') }}
    group by all
),

-- Of a Poisson number of wins the variance is the number; of their sum, that by the mean square.
final as (
    select
        chances.date,
        chances.period_grain,
        rates.manager_id,
        sum(rates.deals_a_day * chances.won) as won,
        sum(rates.deals_a_day * chances.won * amounts.paid_share) as paid,
        sum(rates.deals_a_day * chances.won * amounts.mean_amount) as revenue,
        sum(rates.deals_a_day * chances.won * amounts.mean_square) as revenue_variance,
        sqrt(sum(power(rates.deals_a_day * chances.rate_sd, 2))) as won_rate_sd,
        sqrt(sum(power(rates.deals_a_day * chances.rate_sd * amounts.mean_amount, 2)))
            as revenue_rate_sd
    from chances
    inner join rates using (date, is_workday, pipeline_id, segment)
    inner join amounts using (learned_on, pipeline_id, segment)
    group by all
)

select * from final
