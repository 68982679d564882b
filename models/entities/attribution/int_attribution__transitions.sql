with

paths as (select * from {{ ref('int_attribution__paths') }}),

touches as (
    select * from {{ ref('int_touchpoints__conformed') }}
    where customer_id is not null and channel is not null and not is_test
),

deals as (
    select * from {{ ref('int_deals__conformed') }}
    where status = 'won' and won_at is not null and not is_test
),

customers as (select * from {{ ref('int_customers__described') }}),

-- A customer without a win has one path. It ends at the last touch, as there is no win to end it,
-- and reaches back by the same window.
unwon as (
    select
        touches.customer_id,
        touches.touchpoint_id,
        touches.channel,
        touches.occurred_at,
        customers.segment,
        coalesce(
            {% if var('window_from') == 'lead' -%}
            max(case when touches.is_lead_birth then touches.occurred_at end) over (
                partition by touches.customer_id
            ),
            {% endif -%}
            max(touches.occurred_at) over (partition by touches.customer_id)
        ) as window_ends_at
    from touches
    left join customers using (customer_id)
    where
        not exists (
            select 1
            from deals
            where deals.customer_id = touches.customer_id
        )
),

steps as (
    select
        deal_id as path_id,
        '(conversion)' as outcome,
        touchpoint_id,
        channel,
        occurred_at
    from paths
    union all
    select
        customer_id as path_id,
        '(null)' as outcome,
        touchpoint_id,
        channel,
        occurred_at
    from unwon
    where
        occurred_at >= {{ window_start('segment', 'window_ends_at') | indent(8) }}
),

neighbours as (
    select
        outcome,
        channel,
        lag(channel) over (
            partition by outcome, path_id order by occurred_at, touchpoint_id
        ) as previous_channel,
        lead(channel) over (
            partition by outcome, path_id order by occurred_at, touchpoint_id
        ) as next_channel
    from steps
),

moves as (
    select
        '(start)' as from_state,
        channel as to_state
    from neighbours
    where previous_channel is null
    union all
    select
        channel as from_state,
        coalesce(next_channel, outcome) as to_state
    from neighbours
),

final as (
    select
        from_state,
        to_state,
        count(*) as transitions
    from moves
    group by from_state, to_state
)

select * from final
