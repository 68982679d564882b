with

ad_stats as (
    select
        *,
        {{ vat_percent('date') }} as vat_percent
    from {{ ref('int_ad_stats__conformed') }}
),

taxed as (
    select
        *,
        {{ spend_excl_vat() }} as spend_excl_vat,
        {{ spend_incl_vat() }} as spend_incl_vat
    from ad_stats
),

based as (
    select
        *,
        case '{{ var("spend_basis") }}'
            when 'vat_excluded' then spend_excl_vat
            when 'vat_included' then spend_incl_vat
        end as spend_on_basis
    from taxed
),

rates as (select * from {{ ref('int_fx_rates__daily') }}),

final as (
    select
        based.date,
        based.platform,
        based.account_id,
        based.campaign_id,
        based.ad_group_id,
        based.ad_id,
        based.keyword,
        coalesce(based.channel, 'unattributed') as channel,
        based.impressions,
        based.clicks,
        based.spend,
        based.currency,
        based.vat_included,
        based.spend_excl_vat,
        based.spend_incl_vat,
        case
            when based.spend_on_basis is null then 'as_delivered'
            else '{{ var("spend_basis") }}'
        end as spend_basis,
        -- Spend is never left out because nobody said what is in it.
        cast(
            coalesce(based.spend_on_basis, based.spend) * rates.rate_to_base
            as decimal(18, 2)
        ) as spend_base,
        based.conversions as platform_conversions,
        {{ is_final_day('based.date') }} as is_final
    from based
    left join rates
        on
            based.date = rates.date
            and based.currency = rates.currency
)

select * from final
