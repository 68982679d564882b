with

channels as (select * from {{ ref('channels') }}),

seen as (
    select channel from {{ ref('fct_lead') }}
    union
    select channel from {{ ref('fct_call') }}
    union
    select channel from {{ ref('fct_ad_spend') }}
    union
    select channel from {{ ref('fct_touchpoint') }}
),

-- A source may name a channel of its own: it is kept, in the group `unknown`.
final as (
    select
        channel,
        channel_group,
        is_paid
    from channels
    union all
    select
        seen.channel,
        'unknown' as channel_group,
        cast(null as boolean) as is_paid
    from seen
    left join channels using (channel)
    where seen.channel is not null and channels.channel is null
)

select * from final
