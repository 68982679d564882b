with

orders as (
    select * from {{ ref('fct_order') }}
    where not is_test
),

visits as (
    select * from {{ ref('fct_touchpoint') }}
    where type = 'visit' and not is_test
),

sites as (
    select min(orders.shop) as shop
    from visits
    inner join orders using (lead_id)
    having count(distinct orders.shop) = 1
),

counted as (
    select
        {{ business_date('visits.occurred_at') }} as date,
        sites.shop,
        count(*) as visits
    from visits
    cross join sites
    group by {{ business_date('visits.occurred_at') }}, sites.shop
)

select * from counted
