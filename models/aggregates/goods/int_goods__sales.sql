with

lines as (select * from {{ ref('fct_order_line') }}),

orders as (
    select * from {{ ref('fct_order') }}
    where won_on is not null and status <> 'cancelled' and not is_test
),

-- What came back is neither paid for nor used up.
kept as (
    select
        orders.won_on as date,
        orders.shop,
        lines.product_id,
        lines.quantity,
        lines.returned_quantity,
        lines.revenue_base - lines.returned_amount_base as revenue,
        case
            when lines.returned_quantity = 0 then lines.list_amount_base - lines.revenue_base
            else cast(
                cast(lines.list_amount_base - lines.revenue_base as double)
                * cast(lines.quantity - lines.returned_quantity as double)
                / cast(lines.quantity as double) as {{ money() }}
            )
        end as list_discount,
        case
            when lines.quantity = lines.returned_quantity then 0
            else lines.cost_base - lines.returned_cost_base
        end as cost
    from lines
    inner join orders using (source, order_id)
),

summed as (
    select
        date,
        shop,
        product_id,
        sum(quantity) as units,
        sum(returned_quantity) as returned_units,
        sum(revenue) as revenue,
        sum(list_discount) as list_discount,
        sum(cost) as cost,
        count(*) = count(cost) as is_cost_known
    from kept
    group by date, shop, product_id
)

select * from summed
