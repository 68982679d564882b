with

channels as (select * from {{ ref('channels') }}),

rules as (
    {{ channel_rules() }}
),

company_channels as (
    select distinct channel from rules
    where origin = 'company'
),

called as (
    select channels.channel
    from {{ ref('int_calls__sessions') }} as sessions
    inner join {{ ref('int_calls__channels') }} as channels
        on
            sessions.source = channels.source
            and sessions.first_call_id = channels.call_id
),

seen as (
    select channel from {{ ref('int_records__channels') }}
    union
    select channel from called
    union
    select channel from {{ ref('int_ad_stats__conformed') }}
    union
    select channel from company_channels
),

-- A channel that only a source names is kept in the group `unknown`.
final as (
    select
        channel,
        channel_group,
        is_paid,
        true as is_listed
    from channels
    union all
    select
        seen.channel,
        'unknown' as channel_group,
        cast(null as boolean) as is_paid,
        company_channels.channel is not null as is_listed
    from seen
    left join channels using (channel)
    left join company_channels using (channel)
    where seen.channel is not null and channels.channel is null
)

select * from final
