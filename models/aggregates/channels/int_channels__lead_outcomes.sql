with

leads as (select * from {{ ref('fct_lead') }}),

lead_channels as (
    select
        record_id as lead_id,
        platform
    from {{ ref('int_records__channels') }}
    where record_type = 'lead'
),

surviving as (select * from {{ ref('int_leads__surviving') }}),

reasons as (
    select
        {{ letters_and_digits('lost_reason') }} as spelling,
        lost_reason_group
    from {{ ref('lost_reason_groups') }}
),

merged_away as (
    select * from {{ ref('int_leads__merged_away') }}
    where platform is not null
),

claimed as (select * from {{ ref('int_channels__claimed_leads') }}),

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
        leads.*,
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
        on {{ letters_and_digits('surviving.junk_reason') }} = reasons.spelling
),

final as (
    select
        lead_id,
        case
            when is_test then 'test_leads'
            when is_spam then 'spam_leads'
            when status = 'won' and is_paid then 'paid'
            when status = 'won' then 'unpaid'
            when status = 'open' then 'not_yet_won'
            when is_duplicate then 'duplicate_leads'
            else 'lost_leads'
        end as outcome,
        created_at,
        channel,
        platform,
        coalesce(campaign_id, '(none)') as campaign_id,
        is_counted and qualified_at is not null as is_qualified,
        case when is_counted then crm_revenue end as crm_revenue,
        case when is_counted then paid_revenue end as paid_revenue
    from judged
    {%- for relation, outcome in [
        ('merged_away', "'merged_leads'"),
        ('claimed', "case when is_in_window then 'no_mark_leads' else 'out_of_window_leads' end"),
    ] %}
    union all
    select
        lead_id,
        {{ outcome }} as outcome,
        created_at,
        coalesce(channel, 'unattributed') as channel,
        platform,
        campaign_id,
        false as is_qualified,
        null as crm_revenue,
        null as paid_revenue
    from {{ relation }}
    {%- endfor %}
)

select * from final
