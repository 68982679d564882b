{%- set key = ['date', 'channel', 'platform', 'campaign_id'] | join(', ') -%}
{%- set counts = [
    'impressions', 'clicks', 'leads', 'qualified_leads', 'mature_leads', 'assisted_conversions',
] -%}
{%- set profits = ['revenue', 'gross_profit', 'covered_revenue', 'estimated_profit'] -%}
with

leads as (
    select
        leads.*,
        channels.platform
    from {{ ref('fct_lead') }} as leads
    inner join {{ ref('int_records__channels') }} as channels
        on channels.record_type = 'lead' and leads.lead_id = channels.record_id
    where not leads.is_test and not leads.is_spam
),

deals as (
    select * from {{ ref('int_channels__credited_deals') }}
    where attribution_model = '{{ var("attribution_model") }}'
),

ads as (
    select
        {{ key }},
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks) as bigint) as clicks,
        sum(spend_base) as spend
    from {{ ref('fct_ad_spend') }}
    group by {{ key }}
),

births as (
    select
        {{ business_date('created_at') }} as date,
        channel,
        coalesce(platform, '(none)') as platform,
        coalesce(campaign_id, '(none)') as campaign_id,
        count(*) as leads,
        count(qualified_at) as qualified_leads,
        count(*) filter (
            where {{ business_date('created_at') }}
            <= {{ last_mature_day('segment') | indent(12) }}
        ) as mature_leads
    from leads
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
        {%- for amount in profits %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        coalesce(sum(won_amount), 0) as won_amount
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
    from {{ ref('int_attribution__paths') }}
    where is_assist
    group by all
),

-- A count of nothing is 0. Money is 0 where there was nothing to add up and NULL where there was
-- something, but none of it is known.
joined as (
    select
        {{ key }},
        {%- for count in counts %}
        coalesce({{ count }}, 0) as {{ count }},
        {%- endfor %}
        {%- for name, prefix in [('wins', ''), ('cohorts', 'cohort_')] %}
        coalesce({{ name }}.won, 0) as {{ prefix }}won,
        coalesce({{ name }}.new_customers, 0) as {{ prefix }}new_customers,
        coalesce({{ name }}.won_amount, 0) as {{ prefix }}won_amount,
        {%- for amount in profits %}
        case when {{ name }}.won is null then 0 else {{ name }}.{{ amount }} end
            as {{ prefix }}{{ amount }},
        {%- endfor %}
        {%- endfor %}
        case when ads.impressions is null then 0 else ads.spend end as spend
    from ads
    full outer join births using ({{ key }})
    full outer join wins using ({{ key }})
    full outer join cohorts using ({{ key }})
    full outer join helped using ({{ key }})
),

final as (
    select
        {%- for count in counts + ['won', 'new_customers', 'cohort_won', 'cohort_new_customers'] %}
        {{ count }},
        {%- endfor %}
        {%- for amount in [
            'spend', 'won_amount', 'cohort_won_amount', 'cohort_revenue', 'cohort_gross_profit',
        ] + profits %}
        {{ in_hundredths(amount, order_by=key) | indent(8) }} as {{ amount }},
        {%- endfor %}
        {{ key }}
    from joined
)

select * from final
