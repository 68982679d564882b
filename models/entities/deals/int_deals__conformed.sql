with

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

located as (
    select * from {{ ref('int_deals__located') }}
),

customers as (
    select * from {{ ref('int_customers__identified') }}
    where record_type = 'deal'
),

lead_deals as (
    select * from {{ ref('int_leads__deals') }}
    where lead_no = 1
),

-- What the client paid for an order that makes a deal, less what came back in part.
orders as (
    select
        placed.order_key as deal_id,
        case
            when placed.status = 'returned' then valued.revenue
            else valued.revenue - valued.returned_amount
        end as amount,
        case
            when placed.status = 'returned' then valued.cost
            else valued.cost - valued.returned_cost
        end as cost
    from {{ ref('int_orders__valued') }} as valued
    inner join {{ ref('int_orders__placed') }} as placed using (source, order_id)
),

rates as (
    select * from {{ ref('int_fx_rates__daily') }}
),

joined as (
    select
        deals.deal_id,
        deals.source,
        located.pipeline_id,
        located.stage_id,
        located.status,
        customers.customer_id,
        lead_deals.lead_id,
        deals.created_at,
        located.updated_at,
        located.closed_at,
        case when located.status = 'won' then located.closed_at end as won_at,
        case
            when located.status = 'open' then {{ as_of_date() }}
            else {{ business_date('located.closed_at') }}
        end as rate_date,
        coalesce(deals.amount, {{ dbt.safe_cast('orders.amount', landed_money()) }}) as amount,
        coalesce(deals.cost, {{ dbt.safe_cast('orders.cost', landed_money()) }}) as cost,
        deals.currency,
        located.owner_id_at_close,
        deals.owner_id as owner_id_current,
        located.lost_reason,
        deals.product,
        deals.expected_close_on,
        deals.is_made_of_order,
        deals.is_test
    from deals
    inner join located
        on deals.deal_id = located.deal_id
    inner join customers
        on deals.deal_id = customers.record_id
    left join lead_deals
        on deals.deal_id = lead_deals.deal_id
    left join orders
        on deals.deal_id = orders.deal_id
),

valued as (
    select
        joined.*,
        {{ in_base('joined.amount', 'rates.rate_to_base') | indent(8) }} as amount_base,
        {{ in_base('joined.cost', 'rates.rate_to_base') | indent(8) }} as cost_base,
        -- Decided at the creation of the deal: later wins do not change it.
        coalesce(
            min(joined.won_at) filter (where not joined.is_test) over (
                partition by joined.customer_id
            ) >= joined.created_at,
            true
        ) as is_new_customer
    from joined
    left join rates
        on
            joined.rate_date = rates.date
            and joined.currency = rates.currency
)

select * from valued
