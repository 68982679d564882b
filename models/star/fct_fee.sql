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

-- A fee that several sources deliver counts once: that of the source with most fees of the shop.
counted as (
    select
        *,
        count(*) over (partition by source, lower(shop)) as fees_of_shop
    from fees
),

told_once as (
    select *
    from counted
    qualify row_number() over (
        partition by lower(shop), fee_id, date, kind order by fees_of_shop desc, source asc
    ) = 1
),

repeated as (
    {{ repeated_orders(ref('stg_entities__orders'), ref('stg_entities__order_lines')) }}
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
        orders.source as order_source,
        orders.order_id,
        fees.product_id,
        fees.amount,
        fees.currency,
        {{ in_base('fees.amount', 'rates.rate_to_base') | indent(8) }} as amount_base,
        coalesce(orders.is_test, false) as is_test
    from told_once as fees
    left join repeated
        on
            fees.source = repeated.source
            and fees.order_id = repeated.order_id
    left join orders
        on
            coalesce(repeated.kept_source, fees.source) = orders.source
            and fees.order_id = orders.order_id
    left join rates
        on
            fees.date = rates.date
            and fees.currency = rates.currency
)

select * from joined
