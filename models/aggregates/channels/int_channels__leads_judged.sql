with

leads as (select * from {{ ref('fct_lead') }}),

lead_channels as (select * from {{ ref('int_leads__channels') }}),

surviving as (select * from {{ ref('int_leads__surviving') }}),

reasons as (select * from {{ ref('lost_reason_groups') }}),

deals as (
    select * from {{ ref('fct_deal') }}
    where status = 'won' and lead_id is not null and not is_test
),

payments as (select * from {{ ref('fct_payment') }}),

paid_deals as (
    select
        deal_id,
        sum(case when is_refund then -amount_base else amount_base end) as paid_amount,
        sum(case when is_refund then amount_base end) as refund_amount
    from payments
    group by deal_id
),

sold as (
    select
        deals.lead_id,
        sum(deals.amount_base) as won_amount,
        sum(paid_deals.refund_amount) as refund_amount,
        sum(paid_deals.paid_amount) as paid_revenue,
        count(deals.paid_at) > 0 as is_paid
    from deals
    left join paid_deals using (deal_id)
    group by deals.lead_id
),

judged as (
    select
        leads.lead_id,
        leads.created_at,
        leads.channel,
        leads.campaign_id,
        leads.status,
        leads.qualified_at,
        leads.is_test,
        leads.is_spam,
        not leads.is_test and not leads.is_spam as is_counted,
        coalesce(lead_channels.platform, '(none)') as platform,
        coalesce(reasons.lost_reason_group = 'duplicate', false) as is_duplicate,
        sold.won_amount - coalesce(sold.refund_amount, 0) as crm_revenue,
        sold.paid_revenue,
        coalesce(sold.is_paid, false) as is_paid
    from leads
    inner join lead_channels using (lead_id)
    inner join surviving using (lead_id)
    left join sold using (lead_id)
    left join reasons
        on replace(lower(trim(surviving.junk_reason)), '_', ' ') = reasons.lost_reason
)

select * from judged
