{%- set key = ['period_start', 'channel', 'platform', 'campaign_id'] | join(', ') -%}
{%- set kinds = [
    'paid', 'unpaid', 'open_leads', 'lost_leads', 'duplicate_leads', 'test_leads', 'spam_leads',
    'merged_leads', 'no_mark_leads', 'out_of_window_leads',
] -%}
with

ad_spend as (select * from {{ ref('fct_ad_spend') }}),

judged as (select * from {{ ref('int_channels__leads_judged') }}),

merged_away as (select * from {{ ref('int_leads__merged_away') }}),

claimed as (select * from {{ ref('int_channels__claimed_leads') }}),

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

-- Leads by what became of them, and what of the campaign's the CRM does not count as its leads.
of_leads as (
    select
        {{ period_start('month', business_date('created_at')) }} as period_start,
        channel,
        platform,
        coalesce(campaign_id, '(none)') as campaign_id,
        case
            when is_test then 'test_leads'
            when is_spam then 'spam_leads'
            when status = 'won' and is_paid then 'paid'
            when status = 'won' then 'unpaid'
            when status = 'open' then 'open_leads'
            when is_duplicate then 'duplicate_leads'
            else 'lost_leads'
        end as kind,
        count(*) as leads,
        count(case when is_counted then qualified_at end) as qualified,
        sum(case when is_counted then crm_revenue end) as crm_revenue,
        sum(case when is_counted then paid_revenue end) as paid_revenue
    from judged
    group by all
    {%- for relation, kind in [
        ('merged_away', "'merged_leads'"),
        ('claimed', "case when is_in_window then 'no_mark_leads' else 'out_of_window_leads' end"),
    ] %}
    union all
    select
        {{ period_start('month', business_date('created_at')) }} as period_start,
        coalesce(channel, 'unattributed') as channel,
        platform,
        campaign_id,
        {{ kind }} as kind,
        count(*) as leads,
        0 as qualified,
        null as crm_revenue,
        null as paid_revenue
    from {{ relation }}
    where platform is not null
    group by all
    {%- endfor %}
),

summed as (
    select
        {{ key }},
        {%- for kind in kinds %}
        cast(coalesce(sum(case when kind = '{{ kind }}' then leads end), 0) as bigint)
            as {{ kind }},
        {%- endfor %}
        cast(sum(qualified) as bigint) as qualified,
        sum(crm_revenue) as crm_revenue,
        sum(paid_revenue) as paid_revenue
    from of_leads
    group by {{ key }}
),

joined as (
    select
        {{ key }},
        conversions.platform_conversions,
        {%- for kind in kinds %}
        coalesce(summed.{{ kind }}, 0) as {{ kind }},
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
        paid + unpaid + open_leads + lost_leads + duplicate_leads as crm_leads,
        {{ in_hundredths('crm_revenue', order_by=key) | indent(8) }} as crm_rounded,
        {{ in_hundredths('paid_revenue', order_by=key) | indent(8) }} as paid_rounded
    from joined
),

final as (
    select
        {{ key }},
        platform_conversions,
        crm_leads,
        qualified,
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
        open_leads as not_yet_won,
        case when are_payments_known then unpaid end as unpaid,
        crm_rounded as crm_revenue,
        case when are_payments_known then paid_rounded end as paid_revenue,
        case
            when are_payments_known
                then cast(crm_rounded - paid_rounded as {{ hundredths() }})
        end as unpaid_revenue,
        {{ as_of_date() }} as as_of_date
    from counted
)

select * from final
