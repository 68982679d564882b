-- The figures of the company, each department, team and manager by day, week and month. A window to
-- compare with is unknown if it begins before the first day of the scope. Managers have
-- the recent periods only.
with chosen as (select distinct scope_type, scope_id from scopes),

figures as (
    select * from marts.mart_department_kpi
    union all by name
    select
        'manager' as scope_type,
        manager_id as scope_id,
        * exclude (manager_id, manager_name, team, department)
    from marts.mart_manager_kpi
),

daily as (
    select scope_type, scope_id, period_start as date, leads_taken, won_count, revenue
    from figures inner join chosen using (scope_type, scope_id)
    where period_grain = 'day'
),

began as (select scope_type, scope_id, min(date) as date from daily group by all),

before as (
    select
        grain, period, scope_type, scope_id,
        coalesce(sum(leads_taken), 0) as leads,
        coalesce(sum(won_count), 0) as won,
        if(count(daily.date) = 0, 0, sum(revenue)) as revenue
    from periods
    inner join began on began.date <= previous_first
    left join daily using (scope_type, scope_id)
    where daily.date between previous_first and previous_last
    group by all
),

year_before as (
    select
        grain, period, scope_type, scope_id,
        coalesce(sum(leads_taken), 0) as leads,
        coalesce(sum(won_count), 0) as won,
        if(count(daily.date) = 0, 0, sum(revenue)) as revenue
    from periods
    inner join began on began.date <= year_first
    left join daily using (scope_type, scope_id)
    where daily.date between year_first and year_last
    group by all
),

spent as (select date, sum(spend) as spend from marts.mart_channel_conversion group by date),

spending as (
    select
        grain,
        period,
        'company' as scope_type,
        sum(spend) filter (where date between period and last_on) as now,
        sum(spend) filter (where date between previous_first and previous_last) as before,
        sum(spend) filter (where date between year_first and year_last) as year_before
    from periods inner join spent on date between year_first and last_on
    group by grain, period
)

select
    periods.grain,
    periods.period,
    scope_type || ':' || scope_id as scope,
    not periods.is_over as is_preliminary,
    if(delivered.leads, leads_taken, null) as leads,
    if(delivered.leads, before.leads, null) as leads_previous,
    if(delivered.leads, year_before.leads, null) as leads_year_ago,
    if(delivered.deals, won_count, null) as won,
    if(delivered.deals, before.won, null) as won_previous,
    if(delivered.deals, year_before.won, null) as won_year_ago,
    if(delivered.deals, crm_won_count, null) as crm_won,
    if(delivered.deals, won_count - crm_won_count, null) as shop_won,
    if(delivered.deals, crm_closed_count, null) as crm_closed,
    figures.revenue,
    before.revenue as revenue_previous,
    year_before.revenue as revenue_year_ago,
    if(delivered.ads, spending.now, null) as spend,
    if(delivered.ads, spending.before, null) as spend_previous,
    if(delivered.ads, spending.year_before, null) as spend_year_ago,
    average_check,
    win_rate,
    win_rate_ci_low as win_rate_low,
    win_rate_ci_high as win_rate_high,
    plan_revenue,
    is_low_n
from figures
inner join chosen using (scope_type, scope_id)
inner join periods
    on figures.period_grain = periods.grain and figures.period_start = periods.period
left join before using (grain, period, scope_type, scope_id)
left join year_before using (grain, period, scope_type, scope_id)
left join spending using (grain, period, scope_type)
cross join delivered
where
    scope_type <> 'manager'
    or exists (
        from recent where recent.grain = periods.grain and recent.period = periods.period
    )
order by periods.grain, scope, periods.period
