with landed as (
    select * from {{ source('landing', 'ad_stats') }}
),

renamed as (
    select
        source,
        -- ids
        platform,
        account_id,
        campaign_id,
        ad_group_id,
        ad_id,
        -- text
        upper(account_currency) as account_currency,
        campaign_name,
        keyword,
        -- numbers
        impressions,
        clicks,
        spend,
        conversions,
        -- booleans
        vat_included,
        -- dates and times
        date,
        updated_at
    from landed
)

select * from renamed
