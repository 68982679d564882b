with

leads as (select * from {{ ref('fct_lead') }}),

channels as (select * from {{ ref('dim_channel') }}),

customers as (select * from {{ ref('dim_customer') }}),

contacts as (select * from {{ ref('int_deal_contacts__numbered') }}),

deals as (
    select
        deals.*,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(channels.channel_group, 'unknown') as channel_group,
        case when deals.is_new_customer then 'new' else 'returning' end as client_type,
        coalesce(leads.source_type, '') = 'call' as is_from_call,
        leads.speed_to_lead_minutes,
        leads.first_attempt_at,
        {{ deal_started_at('deals', 'leads') }} as started_at,
        {{ dbt.dateadd(
            'day', var('landmark_days') | int, deal_started_at('deals', 'leads')
        ) }} as landmark_at
    from {{ ref('fct_deal') }} as deals
    left join leads using (lead_id)
    left join channels on leads.channel = channels.channel
    left join customers on deals.customer_id = customers.customer_id
    where
        deals.status in ('won', 'lost') and deals.final_closed_at is not null
        and not deals.is_test and not deals.is_made_of_order
        -- Where no contacts are delivered, deals without one say nothing.
        and exists (select 1 from contacts)
),

-- Thirds of the known amounts, by segment and client type.
amounts as (
    select
        segment,
        client_type,
        {{ percentile('amount_base', 1 / 3) }} as small_amount,
        {{ percentile('amount_base', 2 / 3) }} as large_amount
    from deals
    group by segment, client_type
),

-- Early contacts come before the landmark, which is the same for won and lost deals.
counted as (
    select
        deal_id,
        max(case when contact_no = 1 then contact_format end) as first_format,
        {%- for number in [1, 2, 3] %}
        max(case when is_early and contact_no = {{ number }} then contact_format end)
            as early_format_{{ number }},
        {%- endfor %}
        count(*) filter (where contact_format = 'call') as calls,
        count(*) filter (where contact_format = 'call' and is_early) as early_calls
    from (
        select
            contacts.*,
            contacts.contacted_at < deals.landmark_at as is_early
        from contacts
        inner join deals using (deal_id)
    ) as dated
    group by deal_id
),

described as (
    select
        deals.*,
        case
            when deals.amount_base is null then 'unknown'
            when deals.amount_base < amounts.small_amount then 'small'
            when deals.amount_base < amounts.large_amount then 'medium'
            else 'large'
        end as amount_band,
        coalesce(deals.first_attempt_at <= deals.final_closed_at, false) as is_answered,
        coalesce(counted.calls, 0) as calls,
        coalesce(counted.early_calls, 0) as early_calls,
        counted.first_format,
        counted.early_format_1,
        counted.early_format_1
        || coalesce(', ' || counted.early_format_2, '')
        || coalesce(', ' || counted.early_format_3, '') as early_formats
    from deals
    left join amounts using (segment, client_type)
    left join counted using (deal_id)
),

{%- set features = {
    'first_contact': "coalesce(first_format, 'none')",
    'first_contact_by_landmark': open_at_landmark("coalesce(early_format_1, 'none')"),
    'answered_within': answered_band(),
    'calls_before_close': calls_band('calls'),
    'calls_by_landmark': open_at_landmark(calls_band('early_calls')),
    'contacts_by_landmark': open_at_landmark("coalesce(early_formats, 'none')"),
} %}

final as (
    {%- for feature, feature_value in features.items() %}
    select
        deal_id,
        '{{ feature }}' as feature,
        {{ feature_value | indent(8) }} as feature_value,
        segment,
        client_type,
        owner_id_at_close as manager_id,
        channel_group,
        amount_band,
        status = 'won' as is_won,
        case
            when status = 'won' and final_closed_at >= created_at
                then {{ hours_between('created_at', 'final_closed_at') }} / 24
        end as cycle_days
    from described
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
