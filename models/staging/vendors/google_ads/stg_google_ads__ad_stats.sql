with

stats as (
    select
        source,
        date,
        customer_id,
        currency,
        campaign_id,
        campaign_name,
        ad_group_id,
        ad_id,
        criterion_id,
        keyword,
        -- Google leaves out what is zero.
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,
        coalesce(cost_micros, 0) as cost_micros,
        coalesce(conversions, 0) as conversions
    from {{ source('google_ads', 'stats') }}
),

campaigns as (
    select *
    from stats
    where ad_id = '--' and criterion_id = '--'
),

-- One text may stand in a group several times, with one match type each.
keywords as (
    select
        source,
        date,
        customer_id,
        currency,
        campaign_id,
        max(campaign_name) as campaign_name,
        ad_group_id,
        cast(null as {{ dbt.type_string() }}) as ad_id,
        keyword,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(cost_micros) as cost_micros,
        sum(conversions) as conversions
    from stats
    where criterion_id != '--'
    group by
        source, date, customer_id, currency, campaign_id, ad_group_id, keyword
),

groups_with_keywords as (
    select distinct
        source,
        date,
        customer_id,
        ad_group_id
    from keywords
),

ads as (
    select
        stats.source,
        stats.date,
        stats.customer_id,
        stats.currency,
        stats.campaign_id,
        stats.campaign_name,
        stats.ad_group_id,
        stats.ad_id,
        cast(null as {{ dbt.type_string() }}) as keyword,
        stats.impressions,
        stats.clicks,
        stats.cost_micros,
        stats.conversions
    from stats
    left join groups_with_keywords
        on
            stats.source = groups_with_keywords.source
            and stats.date = groups_with_keywords.date
            and stats.customer_id = groups_with_keywords.customer_id
            and stats.ad_group_id = groups_with_keywords.ad_group_id
    where stats.ad_id != '--' and groups_with_keywords.ad_group_id is null
),

details as (
    select * from keywords
    union all
    select * from ads
),

detailed as (
    select
        source,
        date,
        customer_id,
        campaign_id,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(cost_micros) as cost_micros,
        sum(conversions) as conversions
    from details
    group by source, date, customer_id, campaign_id
),

-- What a campaign has beyond its ads and keywords: all of Performance Max, and
-- what a search group shows without a keyword.
rests as (
    select
        campaigns.source,
        campaigns.date,
        campaigns.customer_id,
        campaigns.currency,
        campaigns.campaign_id,
        campaigns.campaign_name,
        cast(null as {{ dbt.type_string() }}) as ad_group_id,
        cast(null as {{ dbt.type_string() }}) as ad_id,
        cast(null as {{ dbt.type_string() }}) as keyword,
        greatest(campaigns.impressions - coalesce(detailed.impressions, 0), 0)
            as impressions,
        greatest(campaigns.clicks - coalesce(detailed.clicks, 0), 0) as clicks,
        greatest(campaigns.cost_micros - coalesce(detailed.cost_micros, 0), 0)
            as cost_micros,
        greatest(campaigns.conversions - coalesce(detailed.conversions, 0), 0)
            as conversions
    from campaigns
    left join detailed
        on
            campaigns.source = detailed.source
            and campaigns.date = detailed.date
            and campaigns.customer_id = detailed.customer_id
            and campaigns.campaign_id = detailed.campaign_id
),

cuts as (
    select * from details
    union all
    select * from rests
    where
        impressions > 0
        or clicks > 0
        or cost_micros > 0
        or conversions > 0
),

renamed as (
    select
        source,
        -- ids
        'google_ads' as platform,
        customer_id as account_id,
        campaign_id,
        ad_group_id,
        ad_id,
        -- text
        currency as account_currency,
        campaign_name,
        keyword,
        -- numbers
        cast(impressions as bigint) as impressions,
        cast(clicks as bigint) as clicks,
        cast(cost_micros / 1000000 as decimal(18, 2)) as spend,
        cast(conversions as decimal(18, 6)) as conversions,
        -- booleans
        false as vat_included,
        -- dates and times
        date,
        cast(null as timestamp) as updated_at
    from cuts
)

select * from renamed
