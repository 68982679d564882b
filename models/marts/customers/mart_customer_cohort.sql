{%- set cohort = ['cohort_month', 'segment', 'first_channel'] | join(', ') -%}
with

-- A purchase without a known cost has the margin of the others of its segment.
purchases as (
    select
        purchases.*,
        {{ period_start('month', 'purchased_on') }} as bought_month,
        margins.margin_rate
    from {{ ref('int_customers__purchases') }} as purchases
    left join {{ ref('int_customers__margins') }} as margins using (segment)
),

leads as (select * from {{ ref('fct_lead') }}),

months as (
    select distinct {{ period_start('month', 'date') }} as bought_month
    from {{ ref('dim_date') }}
    where date <= {{ as_of_date() }}
),

spent as (
    select
        {{ period_start('month', 'date') }} as cohort_month,
        coalesce(channel, 'unattributed') as first_channel,
        sum(spend_base) as spend
    from {{ ref('fct_ad_spend') }}
    group by cohort_month, first_channel
),

members as (
    select
        purchases.customer_id,
        purchases.segment,
        purchases.bought_month as cohort_month,
        coalesce(leads.channel, 'unattributed') as first_channel
    from purchases
    left join leads using (lead_id)
    qualify row_number() over (
        partition by purchases.customer_id
        order by purchases.purchased_at, purchases.deal_id, purchases.product_category
    ) = 1
),

counted as (
    select
        {{ cohort }},
        count(*) as customers,
        sum(count(*)) over (partition by cohort_month, first_channel) as new_customers
    from members
    group by {{ cohort }}
),

-- What was spent on a channel that brought nobody in the month stands alone.
cohorts as (
    select * from counted

    union all

    select
        spent.cohort_month,
        'unknown' as segment,
        spent.first_channel,
        0 as customers,
        0 as new_customers
    from spent
    anti join counted using (cohort_month, first_channel)
    where spent.spend <> 0
),

bought as (
    select
        members.cohort_month,
        members.segment,
        members.first_channel,
        purchases.bought_month,
        count(distinct purchases.customer_id) as active,
        count(distinct purchases.deal_id) as orders,
        sum(purchases.revenue) as revenue,
        sum(purchases.gross_profit) as gross_profit,
        sum(coalesce(
            purchases.gross_profit,
            {{ as_decimal('purchases.revenue * purchases.margin_rate', money()) }}
        )) as profit
    from purchases
    inner join members using (customer_id)
    group by all
),

monthly as (
    select
        cohorts.*,
        cast({{ dbt.datediff('cohort_month', 'bought_month', 'month') }} as bigint) as months_since,
        {{ dbt.dateadd('month', 1, 'bought_month') }} <= {{ dbt.dateadd('day', 1, as_of_date()) }}
            as is_complete,
        coalesce(bought.active, 0) as active,
        coalesce(bought.orders, 0) as orders,
        bought.gross_profit,
        {%- for sum, column in [('revenue', 'bought.revenue'), ('profit', 'bought.gross_profit')] %}
        {{ in_hundredths(
            'coalesce(' ~ column ~ ', 0)', order_by='bought_month, ' ~ cohort
        ) | indent(8) }} as {{ sum }}_rounded,
        {%- endfor %}
        case
            when cohorts.customers = 0 then 0
            else sum(bought.profit) over (partition by {{ cohort }} order by bought_month)
        end as profit_to_date,
        case
            when cohorts.customers = 0 then spent.spend
            else cast(spent.spend * cohorts.customers / cohorts.new_customers as {{ money() }})
        end as spend
    from cohorts
    inner join months on cohorts.cohort_month <= months.bought_month
    left join bought using ({{ cohort }}, bought_month)
    left join spent using (cohort_month, first_channel)
),

final as (
    select
        cohort_month,
        months_since,
        segment,
        first_channel,
        customers,
        active,
        {{ safe_divide('active', 'customers') }} as retention,
        orders,
        revenue_rounded as revenue,
        case when gross_profit is not null then profit_rounded end as gross_profit,
        cast(profit_to_date as {{ hundredths() }}) as profit_to_date,
        cast(spend as {{ hundredths() }}) as acquisition_spend,
        case when is_complete then {{ safe_divide('profit_to_date', 'customers') }} end as ltv,
        case when is_complete then {{ safe_divide('profit_to_date', 'spend') }} end as ltv_cac,
        is_complete,
        customers < {{ var('low_n') }} as is_low_n,
        {{ as_of_date() }} as as_of_date
    from monthly
)

select * from final
