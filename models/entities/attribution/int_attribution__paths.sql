with

touches as (
    select * from {{ ref('int_touchpoints__conformed') }}
    where customer_id is not null and channel is not null and not is_test
),

leads as (select * from {{ ref('int_leads__surviving') }}),

customers as (select * from {{ ref('int_customers__described') }}),

deals as (
    select
        deals.deal_id,
        deals.customer_id,
        deals.lead_id,
        deals.won_at,
        customers.segment,
        {% if var('window_from') == 'lead' -%}
        least(deals.won_at, coalesce(leads.created_at, deals.created_at)) as window_ends_at
        {%- else -%}
        deals.won_at as window_ends_at
        {%- endif %}
    from {{ ref('int_deals__conformed') }} as deals
    left join leads using (lead_id)
    left join customers using (customer_id)
    where deals.status = 'won' and deals.won_at is not null and not deals.is_test
),

timeline as (
    select
        customer_id,
        occurred_at as happened_at,
        touchpoint_id,
        cast(null as timestamp) as won_at
    from touches
    union all
    select distinct
        customer_id,
        won_at as happened_at,
        cast(null as string) as touchpoint_id,
        won_at
    from deals
),

-- A touch belongs to the customer's next win, at its own instant or later. So the conversion cycle
-- starts anew after each win, and a touch after the last win belongs to none.
cycles as (
    select
        customer_id,
        happened_at,
        touchpoint_id,
        min(won_at) over (
            partition by customer_id
            order by happened_at
            range between current row and unbounded following
        ) as won_at
    from timeline
),

-- Deals won at one instant close one cycle: each of them has all of its touches.
members as (
    select
        deals.deal_id,
        cycles.touchpoint_id
    from deals
    inner join cycles using (customer_id, won_at)
    where
        cycles.touchpoint_id is not null
        and cycles.happened_at
        >= {{ window_start('deals.segment', 'deals.window_ends_at') | indent(8) }}
    {% if var('window_from') == 'lead' -%}
    union
    -- The lead that a deal came from is on its path, even if another deal was won in between.
    select
        deals.deal_id,
        touches.touchpoint_id
    from deals
    inner join touches
        on deals.lead_id = touches.lead_id
    where touches.is_lead_birth
    {%- endif %}
),

ordered as (
    select
        deals.deal_id,
        touches.touchpoint_id,
        touches.channel,
        touches.platform,
        touches.campaign_id,
        touches.is_direct,
        touches.occurred_at,
        deals.won_at,
        {{ hours_between('touches.occurred_at', 'deals.won_at') }} / 24
        / {{ half_life_days('deals.segment') | indent(8) }} as half_lives,
        row_number() over (
            partition by deals.deal_id
            order by touches.occurred_at, touches.touchpoint_id
        ) as position,
        count(*) over (partition by deals.deal_id) as path_length
    from members
    inner join deals using (deal_id)
    inner join touches using (touchpoint_id)
),

-- A channel assists a deal once, at its latest touch, so that the assists of campaigns add up to
-- those of their channel.
final as (
    select
        *,
        channel != first_value(channel) over (partition by deal_id order by position desc)
        and row_number() over (partition by deal_id, channel order by position desc) = 1
            as is_assist
    from ordered
)

select * from final
