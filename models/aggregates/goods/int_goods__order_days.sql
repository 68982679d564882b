{#- By count of orders: the event it counts, on the day of this event. -#}
{%- set events = {
    'orders': 'created', 'paid_orders': 'won', 'cancelled': 'cancelled', 'returned': 'returned',
    'delivered': 'delivered',
} -%}

with

-- The orders of a customer that were paid, by time.
orders as (
    select
        *,
        row_number() over (
            partition by customer_id, won_at is null or status = 'cancelled'
            order by won_at, source, order_id
        ) as order_no
    from {{ ref('fct_order') }}
    where not is_test
),

cities as (
    select distinct lower(trim(city)) as city
    from {{ ref('fct_external_event') }}
    where {{ is_event_ahead() | indent(4) }}
),

happened as (
    {%- for measure, event in events.items() %}
    select
        {{ event }}_on as date,
        shop,
        '{{ measure }}' as measure,
        deal_id,
        order_no,
        {{ hours_between('created_at', event ~ '_at') }} / 24 as days
    from orders
    where {{ event }}_on is not null {{ "and status <> 'cancelled'" if event == 'won' }}

    union all
    {% endfor %}
    -- Where the orders stand on the as_of day.
    select
        {{ as_of_date() }} as date,
        orders.shop,
        case
            when orders.status in ('paid', 'shipped') and cities.city is not null
                then 'deliveries_at_risk'
            else 'none'
        end as measure,
        orders.deal_id,
        orders.order_no,
        null as days
    from orders
    left join cities on lower(trim(orders.city)) = cities.city
),

summed as (
    select
        happened.date,
        happened.shop,
        {%- for measure in events %}
        count(case when happened.measure = '{{ measure }}' then 1 end) as {{ measure }},
        {%- endfor %}
        {{ median("case when happened.measure = 'delivered' then happened.days end") }}
            as delivery_days_median,
        count(
            case
                when
                    happened.measure = 'paid_orders'
                    and happened.order_no = 1
                    and deals.is_new_customer
                    then 1
            end
        ) as new_customers,
        case
            when happened.date = {{ as_of_date() }}
                then count(case when happened.measure = 'deliveries_at_risk' then 1 end)
        end as deliveries_at_risk
    from happened
    inner join {{ ref('fct_deal') }} as deals using (deal_id)
    group by happened.date, happened.shop
)

select * from summed
