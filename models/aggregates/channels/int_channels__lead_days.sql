with

leads as (
    select
        lead_id,
        channel,
        created_at,
        qualified_at,
        won_at,
        {{ business_date('created_at') }} as created_on,
        coalesce(segment, 'unknown') as segment_of_lead
    from {{ ref('fct_lead') }}
    where not is_test and not is_spam and not is_made_of_order
),

deals as (
    select
        deal_id,
        lead_id,
        amount_base,
        {{ business_date('won_at') }} as won_on
    from {{ ref('fct_deal') }}
    where status = 'won' and lead_id is not null and not is_test
),

refunds as (
    select * from {{ ref('fct_payment') }}
    where is_refund
),

{% set steps = [
    ('leads', 'created_at', '1', '0', '0', 'cast(0 as ' ~ money() ~ ')'),
    ('leads', 'qualified_at', '0', '1', '0', 'cast(0 as ' ~ money() ~ ')'),
    ('leads', 'won_at', '0', '0', '1', 'cast(0 as ' ~ money() ~ ')'),
] -%}
-- What happened to a lead, by day after its creation: what is dated before it counts on day 0.
happened as (
    {%- for source, column, lead, qualified, won, revenue in steps %}
    select
        lead_id,
        {{ business_date(column) }} as happened_on,
        {{ lead }} as leads,
        {{ qualified }} as qualified,
        {{ won }} as won,
        {{ revenue }} as revenue
    from {{ source }}
    where {{ column }} is not null
    union all
    {%- endfor %}
    select
        lead_id,
        won_on as happened_on,
        0 as leads,
        0 as qualified,
        0 as won,
        amount_base as revenue
    from deals
    where won_on is not null
    union all
    -- A refund of a deal cannot come before its win.
    select
        deals.lead_id,
        greatest({{ business_date('refunds.paid_at') }}, deals.won_on) as happened_on,
        0 as leads,
        0 as qualified,
        0 as won,
        -abs(refunds.amount_base) as revenue
    from refunds
    inner join deals using (deal_id)
    where deals.won_on is not null
),

daily as (
    {%- for grain in ['week', 'month'] %}
    select
        '{{ grain }}' as cohort_grain,
        {{ period_start(grain, 'leads.created_on') }} as cohort_start,
        leads.channel,
        leads.segment_of_lead as segment,
        greatest(0, {{ dbt.datediff('leads.created_on', 'happened.happened_on', 'day') }})
            as days_after,
        sum(happened.leads) as leads,
        sum(happened.qualified) as qualified,
        sum(happened.won) as won,
        sum(happened.revenue) as revenue
    from happened
    inner join leads using (lead_id)
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from daily
