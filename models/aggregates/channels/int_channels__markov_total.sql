with

deals as (
    select * from {{ ref('int_channels__credited_deals') }}
    where attribution_model = 'linear'
),

effects as (
    select
        channel,
        cast(removal_effect as decimal(28, 12)) as removal_effect
    from {{ ref('int_attribution__removal_effects') }}
    where removal_effect > 0
),

-- The share of this channel and of those before it; the last one comes to 1.
shares as (
    select
        channel,
        cast(sum(removal_effect) over (
            order by channel
            rows between unbounded preceding and current row
        ) as double)
        / cast(sum(removal_effect) over () as double) as share_up_to,
        row_number() over (order by channel desc) = 1 as is_last
    from effects
),

-- Revenue of the deals with a path on the day, less refunds, over all channels.
totals as (
    select
        date,
        sum(revenue) as revenue
    from deals
    where channel != 'unattributed'
    group by date
),

summed as (
    select
        totals.date,
        shares.channel,
        case
            when shares.is_last then totals.revenue
            else cast({{ as_decimal(
                'cast(totals.revenue as double) * shares.share_up_to', hundredths()
            ) }} as {{ money() }})
        end as revenue_up_to
    from totals
    cross join shares
),

shared as (
    select
        date,
        channel,
        revenue_up_to - coalesce(
            lag(revenue_up_to) over (partition by date order by channel), 0
        ) as revenue
    from summed
    union all
    -- Deals without a path, and all deals if no channel has an effect: the linear model.
    select
        date,
        channel,
        sum(revenue) as revenue
    from deals
    where
        channel = 'unattributed'
        or not exists (select 1 from effects)
    group by date, channel
),

final as (
    select
        date,
        channel,
        {{ in_hundredths('revenue', 'date, channel') | indent(8) }} as revenue
    from shared
)

select * from final
