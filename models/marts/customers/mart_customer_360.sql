with

customers as (
    select * from {{ ref('dim_customer') }}
    where not is_test
),

habits as (select * from {{ ref('int_customers__habits') }}),

lifetimes as (select * from {{ ref('int_customers__lifetimes') }}),

contacts as (select * from {{ ref('int_customers__contacts') }}),

contact_norms as (select * from {{ ref('int_talks__norms') }}),

-- Who owns the newest deal of the customer, else the newest lead, and whether a deal is open.
owners as (
    select
        customer_id,
        owner_id,
        max(case when status = 'open' then 1 else 0 end) over (partition by customer_id) = 1
            as is_open
    from (
        select
            customer_id,
            owner_id_current as owner_id,
            status,
            2 as place,
            created_at,
            deal_id as record_id
        from {{ ref('fct_deal') }}
        where not is_test
        union all
        select
            customer_id,
            owner_id,
            cast(null as string) as status,
            1 as place,
            created_at,
            lead_id as record_id
        from {{ ref('fct_lead') }}
        where not is_test
    )
    qualify row_number() over (
        partition by customer_id order by place desc, created_at desc, record_id desc
    ) = 1
),

measured as (
    select
        habits.*,
        {{ in_hundredths(
            'coalesce(revenue, 0)', order_by='first_won_at, customer_id'
        ) | indent(8) }} as revenue_rounded,
        {{ safe_divide('recency_days', 'order_interval_median_days') }} as overdue_ratio,
        {{ student_as_normal('lateness_t', '(frequency - 1)') }} as lateness_z,
        lifetimes.p_alive,
        lifetimes.expected_orders_365,
        -- Gamma-Gamma: between the mean of the segment and the customer's own.
        case
            when lifetimes.amount_q > 1
                then
                    lifetimes.amount_p
                    * (lifetimes.amount_v + habits.paid_days * coalesce(habits.mean_amount, 0))
                    / (lifetimes.amount_p * habits.paid_days + lifetimes.amount_q - 1)
        end as expected_amount
    from habits
    left join lifetimes using (segment, frequency, recency_weeks, age_weeks)
),

judged as (
    select
        *,
        {{ churn_risk('frequency', 'p_alive', 'overdue_ratio') | indent(8) }} as churn_risk
    from measured
),

final as (
    select
        customers.customer_id,
        coalesce(customers.segment, 'unknown') as segment,
        customers.city,
        judged.first_won_at,
        judged.last_won_at,
        cast(coalesce(judged.won_count, 0) as bigint) as won_count,
        cast(coalesce(judged.revenue_rounded, 0) as {{ hundredths() }}) as revenue,
        cast(judged.gross_profit as {{ hundredths() }}) as gross_profit,
        cast(judged.recency_days as bigint) as recency_days,
        cast(judged.frequency_365 as bigint) as frequency_365,
        cast(judged.monetary_365 as {{ hundredths() }}) as monetary_365,
        judged.r_score,
        judged.f_score,
        judged.m_score,
        {{ rfm_segment(
            'judged.r_score', 'judged.f_score', 'judged.m_score', 'judged.frequency',
            'judged.churn_risk'
        ) | indent(8) }} as rfm_segment,
        judged.order_interval_median_days,
        judged.overdue_ratio,
        {{ normal_below('(-judged.lateness_z)') }} as overdue_p_value,
        coalesce(
            judged.overdue_ratio < 2
            and {{ dbt.dateadd(
                'day', 'cast(round(judged.order_interval_median_days) as integer)', 'judged.last_on'
            ) }} <= {{ dbt.dateadd('day', 7, as_of_date()) }},
            false
        ) as is_order_due,
        {%- for day, interval in [
            ('expected', 'order_interval_median_days'), ('low', 'interval_low_days'),
            ('high', 'interval_high_days'),
        ] %}
        case when judged.order_interval_median_days is not null then cast({{ dbt.dateadd(
            'day', 'cast(round(judged.' ~ interval ~ ') as integer)', 'judged.last_on'
        ) }} as date) end as next_order_{{ day }}_on,
        {%- endfor %}
        judged.p_alive,
        judged.expected_orders_365,
        {{ as_decimal('judged.expected_orders_365 * judged.expected_amount', hundredths()) }}
            as expected_revenue_365,
        cast(coalesce(contacts.contacts_90, 0) as bigint) as contacts_90,
        case when contacts.own_moments_count >= 3 then contacts.preferred_channel end
            as preferred_channel,
        {%- for feature in ['weekday', 'hour'] %}
        case when contacts.moments_count >= 3 then contacts.preferred_{{ feature }} end
            as preferred_{{ feature }},
        {%- endfor %}
        contact_norms.contact_norm_days,
        case when owners.is_open then cast({{ dbt.dateadd(
            'day',
            'cast(round(contact_norms.contact_norm_days) as integer)',
            'contacts.last_contact_on',
        ) }} as date) end as next_contact_due_on,
        coalesce(owners.owner_id, 'unassigned') as manager_id,
        judged.churn_risk,
        {{ as_of_date() }} as as_of_date
    from customers
    left join judged using (customer_id)
    left join contacts using (customer_id)
    left join owners using (customer_id)
    left join contact_norms on coalesce(customers.segment, 'unknown') = contact_norms.segment
),

{{ named('final', ['manager']) }}

select * from named
