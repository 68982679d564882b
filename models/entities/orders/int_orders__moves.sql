{#- By stage: its time, and whether a deal is taken to have been there. A stage that was passed in
    another order is left out: a deal goes forward. -#}
{%- set stages = [
    ('new', 'created_at', 'true'),
    ('paid', 'paid_at', 'paid_at <= coalesce(delivered_at, paid_at)'),
    ('shipped', 'shipped_at', 'shipped_at >= won_at or not is_payment_told'),
    ('delivered', 'delivered_at', 'true'),
    ('cancelled', 'cancelled_at', 'true'),
    ('returned', 'returned_at', 'true'),
] -%}

with

-- The deals of the CRM have stages of their own.
orders as (
    select placed.*
    from {{ ref('int_orders__placed') }} as placed
    inner join {{ ref('int_orders__linked') }} as linked
        on
            placed.order_key = linked.order_key
            and placed.order_key = linked.deal_id
),

moves as (
    {%- for stage, time, is_passed in stages %}
    select
        order_key as deal_id,
        pipeline_id,
        pipeline_id || ':{{ stage }}' as stage_id,
        {{ stage_outcome(order_semantics(stage)) }} as outcome,
        greatest(created_at, {{ time }}) as changed_at,
        {{ loop.index }} as place
    from orders
    where
        {{ time }} is not null
        and ({{ is_passed }})
        and (lost_at is null or {{ time }} <= lost_at)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

numbered as (
    select
        deal_id,
        row_number() over (partition by deal_id order by changed_at, place) as event_no,
        pipeline_id,
        stage_id,
        outcome,
        changed_at
    from moves
)

select * from numbered
