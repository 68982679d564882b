{%- set key = ['period_start', 'channel', 'platform', 'campaign_id'] | join(', ') -%}
{%- set outcomes = [
    'paid', 'unpaid', 'not_yet_won', 'lost_leads', 'duplicate_leads', 'test_leads', 'spam_leads',
    'merged_leads', 'no_mark_leads', 'out_of_window_leads',
] -%}
with

ad_spend as (select * from {{ ref('fct_ad_spend') }}),

leads as (select * from {{ ref('int_channels__lead_outcomes') }}),

payments as (select * from {{ ref('fct_payment') }}),

conversions as (
    select
        {{ period_start('month', 'date') }} as period_start,
        channel,
        platform,
        campaign_id,
        cast(sum(platform_conversions) as double) as platform_conversions
    from ad_spend
    group by {{ period_start('month', 'date') }}, channel, platform, campaign_id
),

summed as (
    select
        {{ period_start('month', business_date('created_at')) }} as period_start,
        channel,
        platform,
        campaign_id,
        {%- for outcome in outcomes %}
        count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }},
        {%- endfor %}
        count(*) filter (where is_qualified) as qualified,
        sum(crm_revenue) as crm_revenue,
        sum(paid_revenue) as paid_revenue
    from leads
    group by all
),

joined as (
    select
        {{ key }},
        conversions.platform_conversions,
        {%- for outcome in outcomes %}
        coalesce(summed.{{ outcome }}, 0) as {{ outcome }},
        {%- endfor %}
        coalesce(summed.qualified, 0) as qualified,
        coalesce(summed.crm_revenue, 0) as crm_revenue,
        coalesce(summed.paid_revenue, 0) as paid_revenue,
        -- Without a single payment, nobody knows what is paid.
        (select count(*) from payments) > 0 as are_payments_known
    from conversions
    full outer join summed using ({{ key }})
),

counted as (
    select
        *,
        paid + unpaid as won,
        paid + unpaid + not_yet_won + lost_leads + duplicate_leads as crm_leads,
        {{ in_hundredths('crm_revenue', order_by=key) | indent(8) }} as crm_rounded,
        {{ in_hundredths('paid_revenue', order_by=key) | indent(8) }} as paid_rounded
    from joined
),

final as (
    select
        {{ key }},
        platform_conversions,
        crm_leads,
        case when max(qualified) over () > 0 then qualified end as qualified,
        won,
        case when are_payments_known then paid end as paid,
        test_leads,
        spam_leads,
        merged_leads,
        no_mark_leads,
        out_of_window_leads,
        platform_conversions - crm_leads - test_leads - spam_leads - merged_leads
        - no_mark_leads - out_of_window_leads as unexplained,
        duplicate_leads,
        lost_leads,
        not_yet_won,
        case when are_payments_known then unpaid end as unpaid,
        crm_rounded as crm_revenue,
        case when are_payments_known then paid_rounded end as paid_revenue,
        case
            when are_payments_known
                then cast(crm_rounded - paid_rounded as {{ hundredths() }})
        end as unpaid_revenue,
        {{ as_of_date() }} as as_of_date
    from counted
),

{{ named('final', ['campaign']) }}

select * from named
