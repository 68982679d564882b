with

stats as (
    select * from {{ source('yandex_direct', 'stats') }}
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
        impressions,
        clicks,
        cast(
            case
                when cost_in_micros then cost * cast(0.000001 as decimal(7, 6)) else cost
            end as {{ landed_money() }}
        ) as spend,
        conversions,
        -- booleans
        vat_included,
        -- dates and times
        date,
        cast(null as timestamp) as updated_at
    from stats
)

select * from renamed
