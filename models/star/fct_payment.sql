with

payments as (
    select * from {{ ref('int_payments__conformed') }}
),

published as (
    select
        payment_id,
        deal_id,
        paid_at,
        amount,
        currency,
        amount_base,
        is_refund
    from payments
)

select * from published
