{%- set key = ['date', 'channel', 'platform', 'campaign_id'] | join(', ') -%}
with

ad_spend as (select * from {{ ref('fct_ad_spend') }}),

leads as (
    select * from {{ ref('fct_lead') }}
    where not is_test and not is_spam
),

lead_channels as (select * from {{ ref('int_leads__channels') }}),

deals as (
    select * from {{ ref('int_channels__credited_deals') }}
    where attribution_model = '{{ var("attribution_model") }}'
),

paths as (select * from {{ ref('int_attribution__paths') }}),

ads as (
    select
        {{ key }},
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks) as bigint) as clicks,
        sum(spend_base) as spend
    from ad_spend
    group by {{ key }}
),

births as (
    select
        {{ business_date('leads.created_at') }} as date,
        leads.channel,
        coalesce(lead_channels.platform, '(none)') as platform,
        coalesce(leads.campaign_id, '(none)') as campaign_id,
        count(*) as leads,
        count(leads.qualified_at) as qualified_leads,
        count(
            case
                when {{ business_date('leads.created_at') }} <= case
                    when leads.segment = 'b2b' then {{ last_mature_day('b2b') }}
                    else {{ last_mature_day('b2c') }}
                end then 1
            end
        ) as mature_leads
    from leads
    inner join lead_channels using (lead_id)
    group by all
),

{% for name, date_column in [('wins', 'date'), ('cohorts', 'cohort_date')] -%}
{{ name }} as (
    select
        {{ date_column }} as date,
        channel,
        platform,
        campaign_id,
        {{ sum_of_weights('won') }} as won,
        {{ sum_of_weights('new_customers') }} as new_customers,
        coalesce(sum(won_amount), 0) as won_amount,
        sum(revenue) as revenue,
        sum(gross_profit) as gross_profit
    from deals
    group by {{ date_column }}, channel, platform, campaign_id
),

{% endfor -%}
helped as (
    select
        {{ business_date('won_at') }} as date,
        channel,
        coalesce(platform, '(none)') as platform,
        coalesce(campaign_id, '(none)') as campaign_id,
        count(*) as assisted_conversions
    from paths
    where is_assist
    group by all
),

-- A count of nothing is 0. Money is 0 where there was nothing to add up and NULL where there was
-- something, but none of it is known.
joined as (
    select
        {{ key }},
        coalesce(ads.impressions, 0) as impressions,
        coalesce(ads.clicks, 0) as clicks,
        case when ads.impressions is null then 0 else ads.spend end as spend,
        coalesce(births.leads, 0) as leads,
        coalesce(births.qualified_leads, 0) as qualified_leads,
        coalesce(births.mature_leads, 0) as mature_leads,
        {%- for name, prefix in [('wins', ''), ('cohorts', 'cohort_')] %}
        coalesce({{ name }}.won, 0) as {{ prefix }}won,
        coalesce({{ name }}.new_customers, 0) as {{ prefix }}new_customers,
        coalesce({{ name }}.won_amount, 0) as {{ prefix }}won_amount,
        case when {{ name }}.won is null then 0 else {{ name }}.revenue end
            as {{ prefix }}revenue,
        case when {{ name }}.won is null then 0 else {{ name }}.gross_profit end
            as {{ prefix }}gross_profit,
        {%- endfor %}
        coalesce(helped.assisted_conversions, 0) as assisted_conversions
    from ads
    full outer join births using ({{ key }})
    full outer join wins using ({{ key }})
    full outer join cohorts using ({{ key }})
    full outer join helped using ({{ key }})
),

final as (
    select
        {{ key }},
        impressions,
        clicks,
        leads,
        qualified_leads,
        mature_leads,
        won,
        new_customers,
        cohort_won,
        cohort_new_customers,
        {%- for amount in [
            'spend', 'won_amount', 'revenue', 'gross_profit', 'cohort_won_amount',
            'cohort_revenue', 'cohort_gross_profit',
        ] %}
        {{ in_hundredths(amount, order_by=key) | indent(8) }} as {{ amount }},
        {%- endfor %}
        assisted_conversions
    from joined
)

select * from final
