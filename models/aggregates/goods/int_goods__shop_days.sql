with

sales as (select * from {{ ref('int_goods__sales') }}),

known_costs as (select * from {{ ref('int_goods__known_costs') }}),

product_months as (
    select distinct
        {{ period_start('month', 'date') }} as period_start,
        shop,
        product_id,
        is_covered_month
    from sales
),

sale_days as (
    select
        date,
        shop,
        sum(units) as units,
        sum(returned_units) as returned_units,
        sum(revenue) as revenue,
        sum(coalesce(revenue, 0) - covered_revenue) as uncovered_revenue,
        sum(case when is_covered_month then cost end) as cost,
        max(case when is_covered_month then 1 else 0 end) as is_covered
    from sales
    group by date, shop
),

-- Fees of products whose cost is not known are in no margin.
fee_days as (
    select
        fees.date,
        fees.shop,
        {%- for column in fee_columns() %}
        sum(fees.{{ column }}) as {{ column }},
        {%- endfor %}
        sum(
            case
                when coalesce(product_months.is_covered_month, known_costs.product_id is not null)
                    then fees.{{ fee_columns() | join(' + fees.') }}
            end
        ) as covered_fees
    from {{ ref('int_goods__fees') }} as fees
    left join product_months
        on
            {{ period_start('month', 'fees.date') }} = product_months.period_start
            and fees.shop = product_months.shop
            and fees.product_id = product_months.product_id
    left join known_costs
        on
            fees.product_id = known_costs.product_id
            and {{ period_start('month', 'fees.date') }} >= known_costs.known_from
    group by fees.date, fees.shop
),

rounded as (
    select
        date,
        shop,
        sale_days.units,
        sale_days.returned_units,
        {%- for column in
            ['revenue', 'uncovered_revenue', 'cost', 'covered_fees'] + fee_columns() | list %}
        {{ in_hundredths('coalesce(' ~ column ~ ', 0)', 'date', 'shop') | indent(8) }}
            as {{ column }}_rounded,
        {%- endfor %}
        sale_days.shop is not null and sale_days.revenue is null as is_revenue_unknown,
        coalesce(sale_days.is_covered, 0) = 1 as has_covered_sales,
        fee_days.covered_fees is not null as has_covered_fees
    from sale_days
    full join fee_days using (date, shop)
),

covered as (
    select
        *,
        case when has_covered_sales then revenue_rounded - uncovered_revenue_rounded else 0 end
            as covered_revenue
    from rounded
),

final as (
    select
        date,
        shop,
        coalesce(units, 0) as units,
        coalesce(returned_units, 0) as returned_units,
        case when not is_revenue_unknown then revenue_rounded end as revenue,
        covered_revenue,
        advertising_rounded as advertising,
        0 {%- for column in fee_columns() %}
        + {{ column }}_rounded {%- endfor %} as fees,
        case
            when has_covered_sales or has_covered_fees
                then covered_revenue - cost_rounded - covered_fees_rounded
        end as margin
    from covered
)

select * from final
