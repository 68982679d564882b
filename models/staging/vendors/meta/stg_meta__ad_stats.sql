with

stats as (
    select * from {{ source('meta', 'stats') }}
),

counted_actions as (
    select
        source,
        value as action_type
    from {{ source('meta', 'options') }}
    where name = 'conversion_action'
),

joined as (
    select
        stats.*,
        counted_actions.action_type as counted_action
    from stats
    inner join counted_actions on stats.source = counted_actions.source
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
        -- Meta leaves out what is zero.
        coalesce(impressions, 0) as impressions,
        coalesce(clicks, 0) as clicks,
        coalesce(spend, 0) as spend,
        coalesce(
            cast(
                {{ json_found('actions', 'action_type', 'counted_action', 'value') }}
                as decimal(18, 6)
            ),
            0
        ) as conversions,
        -- booleans
        false as vat_included,
        -- dates and times
        date,
        cast(null as timestamp) as updated_at
    from joined
)

select * from renamed
