with

stats as (
    select * from {{ landed('meta', 'stats') }}
),

totals as (
    select * from {{ landed('meta', 'totals') }}
),

counted_actions as (
    select
        source,
        value as action_type
    from {{ ref('stg_config__options') }}
    where name = 'conversion_action'
),

unioned as (
    select
        'ad' as report_level,
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
        actions
    from stats
    union all
    select
        'account' as report_level,
        source,
        date,
        account_id,
        account_currency,
        cast(null as {{ dbt.type_string() }}) as campaign_id,
        cast(null as {{ dbt.type_string() }}) as campaign_name,
        cast(null as {{ dbt.type_string() }}) as adset_id,
        cast(null as {{ dbt.type_string() }}) as ad_id,
        impressions,
        clicks,
        spend,
        actions
    from totals
),

joined as (
    select
        unioned.*,
        counted_actions.action_type as counted_action
    from unioned
    inner join counted_actions on unioned.source = counted_actions.source
),

measured as (
    select
        report_level,
        source,
        date,
        account_id,
        account_currency,
        campaign_id,
        campaign_name,
        adset_id,
        ad_id,
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
        ) as conversions
    from joined
)

select * from measured
