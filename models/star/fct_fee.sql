with

fees as (
    select
        source,
        fee_id,
        date,
        shop,
        kind,
        order_id,
        product_id,
        amount,
        upper(currency) as currency
    from {{ ref('stg_entities__fees') }}
    where date <= {{ as_of_date() }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

rates as (
    select * from {{ ref('int_fx_rates__daily') }}
),

joined as (
    select
        fees.source,
        fees.fee_id,
        fees.date,
        fees.shop,
        fees.kind,
        orders.order_id,
        fees.product_id,
        fees.amount,
        fees.currency,
        {{ in_base('fees.amount', 'rates.rate_to_base') | indent(8) }} as amount_base,
        coalesce(orders.is_test, false) as is_test
    from fees
    left join orders
        on
            fees.source = orders.source
            and fees.order_id = orders.order_id
    left join rates
        on
            fees.date = rates.date
            and fees.currency = rates.currency
)

select * from joined
