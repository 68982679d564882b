with

repeated as (
    {{ repeated_orders(ref('stg_entities__orders'), ref('stg_entities__order_lines')) }}
),

orders as (
    select * from {{ ref('stg_entities__orders') }}
    anti join repeated using (source, order_id)
    where created_at < {{ as_of_end() }}
),

-- The time of a status may be told by the status alone.
timed as (
    select
        source,
        order_id,
        shop,
        created_at,
        status,
        coalesce(paid_at, case when status = 'paid' then status_changed_at end) as paid_at,
        case when status = 'shipped' then status_changed_at end as shipped_at,
        coalesce(delivered_at, case when status = 'delivered' then status_changed_at end)
            as delivered_at,
        case when status = 'cancelled' then coalesce(cancelled_at, status_changed_at) end
            as cancelled_at,
        case when status = 'returned' then status_changed_at end as returned_at,
        count(paid_at) over (partition by shop) > 0 as has_payment_times,
        count(case when paid_at is not null or status = 'paid' then 1 end) over (
            partition by shop
        ) > 0 as is_payment_told
    from orders
),

-- What happens after the as_of day is not known on it.
known as (
    select
        source,
        order_id,
        shop,
        created_at,
        has_payment_times,
        is_payment_told,
        {%- for milestone in ['paid', 'shipped', 'delivered', 'cancelled', 'returned'] %}
        case when {{ milestone }}_at < {{ as_of_end() }} then {{ milestone }}_at end
            as {{ milestone }}_at,
        {%- endfor %}
        case
            when coalesce(
                case status
                    when 'paid' then paid_at
                    when 'shipped' then shipped_at
                    when 'delivered' then delivered_at
                    when 'cancelled' then cancelled_at
                    when 'returned' then returned_at
                end,
                created_at
            ) < {{ as_of_end() }} then status
            when delivered_at < {{ as_of_end() }} then 'delivered'
            when paid_at < {{ as_of_end() }} then 'paid'
            else 'new'
        end as status
    from timed
),

-- What the client has got is paid. Where a shop tells no times of payment, `shipped` comes after
-- `paid`. A win without a time counts from the day the order was made.
won as (
    select
        *,
        case
            when paid_at is not null or delivered_at is not null
                then greatest(created_at, least(paid_at, delivered_at))
            when
                status in ('paid', 'delivered')
                or (status = 'shipped' and is_payment_told and not has_payment_times)
                then greatest(created_at, shipped_at)
        end as won_at
    from known
),

placed as (
    select
        won.source,
        won.order_id,
        {{ order_key('won') }} as order_key,
        won.shop,
        'shop:' || won.shop as pipeline_id,
        won.created_at,
        won.status,
        won.paid_at,
        won.shipped_at,
        won.delivered_at,
        won.cancelled_at,
        won.returned_at,
        won.won_at,
        case
            when won.status in ('cancelled', 'returned')
                then greatest(
                    won.created_at, won.won_at, won.cancelled_at, won.returned_at
                )
        end as lost_at,
        won.is_payment_told,
        orders.contact_id,
        orders.phone,
        orders.email,
        orders.messenger,
        orders.client_id,
        orders.utm_source,
        orders.utm_medium,
        orders.utm_campaign,
        orders.utm_content,
        orders.utm_term,
        orders.lead_id,
        orders.deal_id,
        orders.city,
        upper(orders.currency) as currency
    from won
    inner join orders using (source, order_id)
)

select * from placed
