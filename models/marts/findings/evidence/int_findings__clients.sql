with

windows as (
    select * from {{ ref('int_findings__windows') }}
    where period_start = {{ period_start('month', as_of_date()) }}
),

customers as (select * from {{ ref('mart_customer_360') }}),

year as (select sum(monetary_365) as all_monetary_365 from customers),

-- Customers of the best fifth by money whose next order was due in these three months or is due:
-- who has been away for longer is lost, and was found then.
due as (
    select
        customers.*,
        windows.period_start,
        customers.monetary_365
        >= {{ key_customer_share() }} * year.all_monetary_365 as is_key_customer
    from customers
    cross join year
    inner join windows on customers.next_order_expected_on >= windows.window_from
    where customers.overdue_p_value is not null and customers.m_score = 5
),

ranked as (
    select
        *,
        row_number() over (
            order by
                case when overdue_p_value <= 0.01 then 0 else 1 end asc,
                monetary_365 desc,
                customer_id asc
        ) as value_no
    from due
),

final as (
    select
        'client_overdue' as kind,
        period_start,
        case when is_key_customer then 'key_customer' else 'customer' end as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        customer_id as detail,
        cast(null as bigint) as trials,
        cast(null as bigint) as hits,
        cast(recency_days as double) as value,
        order_interval_median_days as expected,
        -- Of many who are late those who bought for most; the others are tested and not found.
        case when value_no <= 5 then overdue_p_value else 1.0 end as p_value,
        -cast(monetary_365 as double) as impact_amount,
        {{ evidence_key({'customer_id': 'customer_id'}) }} as evidence_key
    from ranked
)

select * from final
