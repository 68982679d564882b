with

touches as (
    select * from {{ ref('int_touchpoints__conformed') }}
    where customer_id is not null and channel is not null
),

deals as (
    select * from {{ ref('fct_deal') }}
    where status = 'won' and won_at is not null and not is_test
),

customers as (select * from {{ ref('dim_customer') }}),

timeline as (
    select
        customer_id,
        occurred_at as happened_at,
        touchpoint_id,
        channel,
        platform,
        campaign_id,
        is_direct,
        cast(null as timestamp) as won_at
    from touches
    union all
    select distinct
        customer_id,
        won_at as happened_at,
        cast(null as varchar) as touchpoint_id,
        cast(null as varchar) as channel,
        cast(null as varchar) as platform,
        cast(null as varchar) as campaign_id,
        cast(null as boolean) as is_direct,
        won_at
    from deals
),

-- A touch belongs to the customer's next win, at its own instant or later. So the conversion cycle
-- starts anew after each win, and a touch after the last win belongs to none.
cycles as (
    select
        timeline.customer_id,
        timeline.happened_at,
        timeline.touchpoint_id,
        timeline.channel,
        timeline.platform,
        timeline.campaign_id,
        timeline.is_direct,
        min(timeline.won_at) over (
            partition by timeline.customer_id
            order by timeline.happened_at
            range between current row and unbounded following
        ) as converted_at
    from timeline
),

windowed as (
    select
        cycles.*,
        {{ hours_between('cycles.happened_at', 'cycles.converted_at') }} / 24
        / case
            when customers.segment = 'b2b' then {{ var('decay_half_life_days_b2b') }}
            else {{ var('decay_half_life_days_b2c') }}
        end as half_lives
    from cycles
    left join customers using (customer_id)
    where
        cycles.touchpoint_id is not null
        and cycles.happened_at >= case
            when customers.segment = 'b2b'
                then {{ dbt.dateadd('day', '-' ~ var('window_days_b2b'), 'cycles.converted_at') }}
            else {{ dbt.dateadd('day', '-' ~ var('window_days_b2c'), 'cycles.converted_at') }}
        end
),

-- Deals won at one instant close one cycle: each of them has all of its touches.
final as (
    select
        deals.deal_id,
        windowed.touchpoint_id,
        windowed.channel,
        windowed.platform,
        windowed.campaign_id,
        windowed.is_direct,
        windowed.happened_at as occurred_at,
        windowed.half_lives,
        row_number() over (
            partition by deals.deal_id
            order by windowed.happened_at, windowed.touchpoint_id
        ) as position,
        count(*) over (partition by deals.deal_id) as path_length
    from deals
    inner join windowed
        on
            deals.customer_id = windowed.customer_id
            and deals.won_at = windowed.converted_at
)

select * from final
