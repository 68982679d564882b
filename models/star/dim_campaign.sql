with

ad_stats as (select * from {{ ref('int_ad_stats__conformed') }}),

final as (
    select distinct
        platform,
        account_id,
        campaign_id,
        campaign_name_latest as campaign_name,
        ad_group_id,
        ad_id,
        keyword,
        coalesce(channel, 'unattributed') as channel
    from ad_stats
)

select * from final
