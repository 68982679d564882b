with

-- A payment is a refund if the source says so or the amount is negative.
payments as (
    select
        payment_id,
        deal_id,
        paid_at,
        abs(amount) as amount,
        upper(currency) as currency,
        coalesce(is_refund, false) or amount < 0 as is_refund
    from {{ ref('stg_entities__payments') }}
    where paid_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'deals'
),

deals as (
    select * from {{ ref('int_deals__surviving') }}
),

rates as (
    select * from {{ ref('int_fx_rates__daily') }}
),

joined as (
    select
        payments.payment_id,
        deals.deal_id,
        payments.paid_at,
        {{ business_date('payments.paid_at') }} as paid_on,
        payments.amount,
        payments.currency,
        {{ in_base('payments.amount', 'rates.rate_to_base') | indent(8) }} as amount_base,
        payments.is_refund
    from payments
    left join survivors
        on payments.deal_id = survivors.loser_id
    inner join deals
        on coalesce(survivors.survivor_id, payments.deal_id) = deals.deal_id
    left join rates
        on
            {{ business_date('payments.paid_at') }} = rates.date
            and payments.currency = rates.currency
)

select * from joined
