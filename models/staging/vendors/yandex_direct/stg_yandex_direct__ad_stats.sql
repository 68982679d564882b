with

stats as (
    select * from {{ landed('yandex_direct', 'stats') }}
),

-- One text may be several targetings of one group. Impressions that Direct does
-- not deliver are counted as 0.
summed as (
    select
        source,
        date,
        client_id,
        campaign_id,
        max(campaign_name) as campaign_name,
        ad_group_id,
        ad_id,
        criterion,
        currency,
        vat_included,
        coalesce(sum(impressions), 0) as impressions,
        sum(clicks) as clicks,
        sum(cost) as cost,
        sum(conversions) as conversions
    from stats
    group by
        source, date, client_id, campaign_id, ad_group_id, ad_id, criterion, currency,
        vat_included
),

renamed as (
    select
        source,
        -- ids
        'yandex_direct' as platform,
        client_id as account_id,
        campaign_id,
        nullif(ad_group_id, '--') as ad_group_id,
        nullif(ad_id, '--') as ad_id,
        -- text
        currency as account_currency,
        campaign_name,
        nullif(criterion, '--') as keyword,
        -- numbers
        cast(impressions as bigint) as impressions,
        cast(clicks as bigint) as clicks,
        cast(cost as {{ landed_money() }}) as spend,
        cast(conversions as decimal(18, 6)) as conversions,
        -- booleans
        vat_included,
        -- dates and times
        date,
        cast(null as timestamp) as updated_at
    from summed
)

select * from renamed
