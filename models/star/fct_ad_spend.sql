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

-- Spend is counted even if its VAT is not known.
counted as (
    select
        *,
        coalesce(spend_on_basis, spend) as spend_counted
    from based
),

rates as (select * from {{ ref('int_fx_rates__daily') }}),

final as (
    select
        counted.date,
        counted.platform,
        counted.account_id,
        counted.campaign_id,
        counted.ad_group_id,
        counted.ad_id,
        counted.keyword,
        coalesce(counted.channel, 'unattributed') as channel,
        counted.impressions,
        counted.clicks,
        counted.spend,
        counted.currency,
        counted.vat_included,
        counted.spend_excl_vat,
        counted.spend_incl_vat,
        case
            when counted.spend_on_basis is null then 'as_delivered'
            else '{{ var("spend_basis") }}'
        end as spend_basis,
        {{ in_base('counted.spend_counted', 'rates.rate_to_base') | indent(8) }} as spend_base,
        counted.conversions as platform_conversions,
        {{ is_final_day('counted.date') }} as is_final
    from counted
    left join rates
        on
            counted.date = rates.date
            and counted.currency = rates.currency
)

select * from final
