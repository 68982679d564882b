{%- set measures = ['impressions', 'clicks', 'spend', 'conversions'] -%}

with

ads as (
    select * from {{ ref('stg_meta__reports') }}
    where report_level = 'ad'
),

accounts as (
    select * from {{ ref('stg_meta__reports') }}
    where report_level = 'account'
),

summed as (
    select
        source,
        date,
        account_id,
        {%- for measure in measures %}
        sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        count(*) as ad_count
    from ads
    group by source, date, account_id
),

-- What the account has beyond its ads: those that were deleted may be missing.
rests as (
    select
        accounts.source,
        accounts.date,
        accounts.account_id,
        accounts.account_currency,
        {%- for measure in measures %}
        greatest(accounts.{{ measure }} - coalesce(summed.{{ measure }}, 0), 0)
            as {{ measure }},
        {%- endfor %}
        coalesce(summed.ad_count, 0) as ad_count
    from accounts
    left join summed using (source, date, account_id)
),

unioned as (
    select
        source,
        date,
        account_id,
        account_currency,
        campaign_id,
        campaign_name,
        adset_id,
        ad_id,
        impressions,
        clicks,
        spend,
        conversions
    from ads
    union all
    select
        source,
        date,
        account_id,
        account_currency,
        'unmapped' as campaign_id,
        cast(null as {{ dbt.type_string() }}) as campaign_name,
        cast(null as {{ dbt.type_string() }}) as adset_id,
        cast(null as {{ dbt.type_string() }}) as ad_id,
        impressions,
        clicks,
        spend,
        conversions
    from rests
    -- Every ad is rounded to the cent, and so is the account.
    where impressions > 0 or clicks > 0 or spend > 0.005 * (ad_count + 1)
),

renamed as (
    select
        source,
        -- ids
        'meta_ads' as platform,
        account_id,
        campaign_id,
        adset_id as ad_group_id,
        ad_id,
        -- text
        account_currency,
        campaign_name,
        cast(null as {{ dbt.type_string() }}) as keyword,
        -- numbers
        cast(impressions as bigint) as impressions,
        cast(clicks as bigint) as clicks,
        cast(spend as {{ landed_money() }}) as spend,
        conversions,
        -- booleans
        false as vat_included,
        -- dates and times
        date,
        cast(null as timestamp) as updated_at
    from unioned
)

select * from renamed
