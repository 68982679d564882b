with

deals as (
    select * from {{ ref('int_deals__conformed') }}
),

moves as (
    select * from {{ ref('int_deal_stage_moves') }}
),

history as (
    select * from {{ ref('int_deals__history') }}
),

payments as (
    select * from {{ ref('fct_payment') }}
),

reasons as (
    select
        {{ letters_and_digits('lost_reason') }} as spelling,
        lost_reason_group
    from {{ ref('lost_reason_groups') }}
),

closings as (
    select
        deal_id,
        min(entered_at) filter (where outcome != 'open') as first_closed_at,
        count(*) filter (where outcome = 'open' and previous_outcome != 'open')
            as reopen_count,
        count(*) filter (where previous_outcome != 'open' and outcome != previous_outcome)
            as left_count
    from moves
    group by deal_id
),

-- What the client has paid so far, where it can be set against the deal.
covered as (
    select
        deals.deal_id,
        deals.amount,
        payments.paid_at,
        sum(
            case
                when payments.currency != deals.currency then null
                when payments.is_refund then -payments.amount
                else payments.amount
            end
        ) over (
            partition by deals.deal_id
            order by payments.paid_at, payments.payment_id
        ) as paid_amount
    from payments
    inner join deals
        on payments.deal_id = deals.deal_id
),

paid as (
    select
        deal_id,
        min(paid_at) as paid_at
    from covered
    where paid_amount >= amount and amount > 0
    group by deal_id
),

joined as (
    select
        deals.deal_id,
        deals.source,
        deals.pipeline_id,
        deals.stage_id,
        deals.status,
        deals.customer_id,
        deals.lead_id,
        deals.created_at,
        -- Two clocks of one system differ by seconds: only a deal that left
        -- its outcome has a first close of its own.
        case
            when closings.left_count > 0 then closings.first_closed_at
            else deals.closed_at
        end as first_closed_at,
        deals.closed_at as final_closed_at,
        deals.won_at,
        deals.amount,
        deals.currency,
        deals.amount_base,
        deals.cost_base,
        deals.owner_id_at_close,
        deals.owner_id_current,
        deals.is_new_customer,
        deals.lost_reason,
        case
            when deals.lost_reason is not null
                then coalesce(reasons.lost_reason_group, 'other')
        end as lost_reason_group,
        deals.expected_close_on,
        coalesce(closings.reopen_count, 0) as reopen_count,
        history.first_at is not null as has_history,
        paid.paid_at,
        deals.is_made_of_order,
        deals.is_test
    from deals
    left join history
        on deals.deal_id = history.deal_id
    left join closings
        on deals.deal_id = closings.deal_id
    left join paid
        on deals.deal_id = paid.deal_id
    left join reasons
        on {{ letters_and_digits('deals.lost_reason') }} = reasons.spelling
),

dated as (
    select
        {%- for event in ['created', 'first_closed', 'final_closed', 'won', 'paid'] %}
        {{ business_date(event ~ '_at') }} as {{ event }}_on,
        {%- endfor %}
        *
    from joined
)

select * from dated
