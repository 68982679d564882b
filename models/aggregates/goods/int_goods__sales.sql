with

lines as (select * from {{ ref('fct_order_line') }}),

known_costs as (select * from {{ ref('int_goods__known_costs') }}),

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
            else {{ as_decimal(
                'cast(lines.list_amount_base - lines.revenue_base as double)'
                ~ ' * cast(lines.quantity - lines.returned_quantity as double)'
                ~ ' / cast(lines.quantity as double)', money()
            ) }}
        end as list_discount,
        case
            when lines.quantity = lines.returned_quantity then 0
            else lines.cost_base - lines.returned_cost_base
        end as cost
    from lines
    inner join orders using (source, order_id)
),

-- A line is covered if what it brought and what it cost are both known.
marked as (
    select
        *,
        revenue is not null and cost is not null as is_covered,
        quantity > returned_quantity as is_kept
    from kept
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
        sum(case when is_covered then revenue end) as covered_revenue,
        sum(case when is_covered then cost end) as cost,
        count(*) = count(cost) as is_cost_known,
        count(case when not is_covered then 1 end) as uncovered_lines,
        count(case when is_covered and is_kept then 1 end) as covered_lines
    from marked
    group by date, shop, product_id
),

counted as (
    select
        *,
        {{ period_start('month', 'date') }} as period_start,
        sum(covered_lines) over own_month as covered_in_month,
        sum(uncovered_lines) over own_month as uncovered_in_month
    from summed
    window own_month as (
        partition by {{ period_start('month', 'date') }}, shop, product_id
    )
),

-- Margins are those of months in which something of the product is covered, or nothing was kept
-- of a product whose cost is known.
final as (
    select
        counted.date,
        counted.shop,
        counted.product_id,
        counted.units,
        counted.returned_units,
        counted.revenue,
        counted.list_discount,
        coalesce(counted.covered_revenue, 0) as covered_revenue,
        counted.cost,
        counted.is_cost_known
        and (
            counted.covered_in_month + counted.uncovered_in_month > 0
            or known_costs.product_id is not null
        ) as is_cost_known,
        counted.covered_in_month > 0
        or (counted.uncovered_in_month = 0 and known_costs.product_id is not null)
            as is_covered_month
    from counted
    left join known_costs
        on
            counted.product_id = known_costs.product_id
            and counted.period_start >= known_costs.known_from
)

select * from final
