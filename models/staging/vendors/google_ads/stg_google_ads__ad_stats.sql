{%- set measures = ['impressions', 'clicks', 'cost_micros', 'conversions'] -%}

with

campaigns as (
    select * from {{ landed('google_ads', 'stats') }}
    where ad_id = '--' and criterion_id = '--'
),

parts as (
    select * from {{ ref('stg_google_ads__parts') }}
),

summed as (
    select
        source,
        date,
        customer_id,
        {%- for measure in measures %}
        sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        campaign_id
    from parts
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
        {%- for measure in measures %}
        greatest(
            coalesce(campaigns.{{ measure }}, 0) - coalesce(summed.{{ measure }}, 0), 0
        ) as {{ measure }},
        {%- endfor %}
        cast(null as {{ dbt.type_string() }}) as keyword
    from campaigns
    left join summed using (source, date, customer_id, campaign_id)
),

cuts as (
    select * from parts
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
        -- Google counts in millionths.
        cast(
            cast(cost_micros as decimal(20, 0)) * cast(0.000001 as decimal(7, 6))
            as {{ landed_money() }}
        ) as spend,
        cast(conversions as decimal(18, 6)) as conversions,
        -- booleans
        false as vat_included,
        -- dates and times
        date,
        cast(null as timestamp) as updated_at
    from cuts
)

select * from renamed
