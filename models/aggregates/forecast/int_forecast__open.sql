with

standings as (
    select * from {{ ref('int_forecast__standings') }}
    where stage_id <> 'created'
),

days as (select * from {{ ref('int_forecast__days') }}),

incidence as (select * from {{ ref('int_forecast__incidence') }}),

amounts as (select * from {{ ref('int_forecast__amounts') }}),

longest as (select * from {{ ref('int_forecast__longest') }}),

stages as (select * from {{ ref('dim_stage') }}),

dates as (
    select distinct
        date,
        learned_on
    from days
),

-- A day, and a deal that is open when it ends.
standing as (
    select
        dates.date,
        dates.learned_on,
        standings.manager_id,
        standings.pipeline_id,
        standings.stage_id,
        standings.segment,
        standings.expected_close_on,
        {{ forecast_band(dbt.datediff('standings.entered_on', 'dates.date', 'day')) }}
            as stage_band,
        case when amounts.is_amount_written then cast(standings.amount_base as double) end
            as amount,
        amounts.mean_amount,
        amounts.mean_square,
        amounts.paid_share,
        coalesce({{ is_beyond_wins('standings.entered_on', 'dates.date') }}, false)
            as is_beyond_wins,
        stages.probability
    from dates
    inner join standings
        on
            dates.date >= standings.entered_on
            and (dates.date < standings.left_on or standings.left_on is null)
    inner join amounts
        on
            dates.learned_on = amounts.learned_on
            and standings.pipeline_id = amounts.pipeline_id
            and standings.segment = amounts.segment
    left join longest
        on
            dates.learned_on = longest.learned_on
            and standings.pipeline_id = longest.pipeline_id
    left join stages
        on
            standings.pipeline_id = stages.pipeline_id
            and standings.stage_id = stages.stage_id
),

-- Deals of one cell have one chance: from here on only their sums are needed.
cells as (
    select
        date,
        learned_on,
        manager_id,
        pipeline_id,
        stage_id,
        stage_band,
        segment,
        count(*) as deals,
        sum(coalesce(amount, mean_amount, 0)) as amount,
        -- The mean of an amount that is not known varies, too.
        sum(coalesce(amount * amount, mean_square, 0)) as square,
        sum(coalesce(amount * amount, mean_amount * mean_amount, 0)) as square_of_mean,
        sum(case when amount > 0 then 1.0 when amount is null then paid_share else 0.0 end) as paid
    from standing
    -- A deal that stands longer than any that was ever won brings nothing.
    where not is_beyond_wins
    group by all
),

expected as (
    select
        days.date,
        days.period_grain,
        cells.manager_id,
        sum(cells.deals * incidence.win_probability) as won,
        sum(cells.paid * incidence.win_probability) as paid,
        sum(cells.amount * incidence.win_probability) as revenue,
        sum(cells.deals * incidence.win_probability * (1 - incidence.win_probability))
            as won_variance,
        sum(
            incidence.win_probability * cells.square
            - incidence.win_probability * incidence.win_probability * cells.square_of_mean
        ) as revenue_variance,
        sum(cells.amount * incidence.win_probability * (1 - incidence.win_probability))
            as covariance,
        sqrt(sum(cells.deals * cells.deals * incidence.variance)) as won_rate_sd,
        sqrt(sum(cells.amount * cells.amount * incidence.variance)) as revenue_rate_sd
    from days
    inner join cells using (date)
    inner join incidence
        on
            days.learned_on = incidence.learned_on
            and days.days_left = incidence.horizon_days
            and cells.pipeline_id = incidence.pipeline_id
            and cells.stage_id = incidence.stage_id
            and cells.stage_band = incidence.stage_band
            and cells.segment = incidence.segment
    group by all
),

-- As the CRM sees it: deals that it expects to close by the end, by the probability of their stage.
planned as (
    select
        days.date,
        days.period_grain,
        standing.manager_id,
        sum(standing.amount) filter (
            where standing.expected_close_on > days.date or standing.expected_close_on is null
        ) as open_amount,
        sum(standing.amount * standing.probability) filter (
            where standing.expected_close_on > days.date
        ) as crm_amount,
        count(standing.probability) filter (where standing.expected_close_on > days.date)
            as crm_deals,
        count(*) filter (where standing.expected_close_on <= days.date) as overdue_count,
        sum(standing.amount) filter (where standing.expected_close_on <= days.date)
            as overdue_amount
    from days
    inner join standing using (date)
    where coalesce(standing.expected_close_on <= days.period_end, true)
    group by all
),

final as (
    select * from planned full join expected using (date, period_grain, manager_id)
)

select * from final
