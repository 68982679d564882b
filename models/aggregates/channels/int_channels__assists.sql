with

paths as (select * from {{ ref('int_attribution__paths') }}),

deals as (select * from {{ ref('fct_deal') }}),

last_touches as (
    select
        deal_id,
        channel as last_channel
    from paths
    where position = path_length
),

-- A channel assists a deal once, at the campaign of its latest touch there, so that the assists
-- of campaigns add up to those of their channel.
final as (
    select
        paths.deal_id,
        {{ business_date('deals.won_at') }} as date,
        paths.channel,
        coalesce(paths.platform, '(none)') as platform,
        coalesce(paths.campaign_id, '(none)') as campaign_id
    from paths
    inner join last_touches using (deal_id)
    inner join deals using (deal_id)
    where paths.channel != last_touches.last_channel
    qualify row_number() over (
        partition by paths.deal_id, paths.channel
        order by paths.position desc
    ) = 1
)

select * from final
