with

ad_stats as (select * from {{ ref('int_ad_stats__conformed') }}),

leads as (select * from {{ ref('stg_entities__leads') }}),

touchpoints as (select * from {{ ref('stg_entities__touchpoints') }}),

orders as (select * from {{ ref('stg_entities__orders') }}),

campaigns as (
    select distinct
        platform,
        campaign_id,
        channel,
        lower(trim(campaign_id)) as id_mark,
        lower(trim(campaign_name)) as name_mark
    from ad_stats
),

marks as (
    select
        {{ campaign_mark('utm_campaign') }} as campaign_mark,
        {{ mark_signal(source_mark('channel', 'utm_source')) | indent(8) }} as marked_source
    from leads
    union
    select
        {{ campaign_mark('coalesce(campaign_id, utm_campaign)') }} as campaign_mark,
        {{ mark_signal(source_mark('channel', 'utm_source')) | indent(8) }} as marked_source
    from touchpoints
    union
    select
        {{ campaign_mark('utm_campaign') }} as campaign_mark,
        {{ mark_signal(source_mark('null', 'utm_source')) | indent(8) }} as marked_source
    from orders
),

candidates as (
    select
        marks.campaign_mark,
        marks.marked_source,
        campaigns.platform,
        campaigns.campaign_id,
        campaigns.channel,
        1 as preference
    from marks
    inner join campaigns
        on marks.campaign_mark = campaigns.id_mark
    union
    select
        marks.campaign_mark,
        marks.marked_source,
        campaigns.platform,
        campaigns.campaign_id,
        campaigns.channel,
        2 as preference
    from marks
    inner join campaigns
        on marks.campaign_mark = campaigns.name_mark
),

-- `brand` is a campaign on every platform: the one that utm_source speaks of comes first.
meant as (
    select
        *,
        {{ meant_mark('marked_source') | indent(8) }} as meant_source
    from candidates
),

ranked as (
    select
        *,
        rank() over (
            partition by campaign_mark, marked_source
            order by
                case
                    when
                        {{ letters_and_digits('platform') }} like meant_source || '%' then 0
                    else 1
                end,
                preference
        ) as place
    from meant
),

-- Two campaigns that fit equally well are no answer: such a mark stays unmapped.
final as (
    select
        campaign_mark,
        marked_source,
        min(platform) as platform,
        min(campaign_id) as campaign_id,
        min(channel) as channel
    from ranked
    where place = 1
    group by campaign_mark, marked_source
    having count(distinct platform || ' ' || campaign_id) = 1
)

select * from final
