{%- set won = "event_type = 'won'" -%}
{%- set closed = "event_type in ('won', 'lost')" -%}
{%- set counts = {
    'deals_created': "event_type = 'created'",
    'won_count': won,
    'lost_count': "event_type = 'lost'",
    'won_with_amount_count': won ~ ' and amount > 0',
    'crm_won_count': won ~ ' and not is_made_of_order',
    'crm_closed_count': closed ~ ' and not is_made_of_order',
    'crm_won_with_amount_count': won ~ ' and amount > 0 and not is_made_of_order',
    'new_won_count': won ~ ' and is_new_customer and not is_made_of_order',
    'new_closed_count': closed ~ ' and is_new_customer and not is_made_of_order',
    'returning_won_count': won ~ ' and not is_new_customer and not is_made_of_order',
    'returning_closed_count': closed ~ ' and not is_new_customer and not is_made_of_order',
    'refund_count': "event_type = 'refund'",
    'revenue_known_count': "event_type in ('won', 'refund') and amount is not null",
    'revenue_unknown_count': "event_type in ('won', 'refund') and amount is null",
} -%}
with

deals as (
    select
        deal_id,
        status,
        owner_id_at_close,
        is_new_customer,
        amount_base,
        is_made_of_order,
        {{ business_date('created_at') }} as created_on,
        {{ business_date('final_closed_at') }} as closed_on,
        -- The latest owner who is known to have worked on the deal: its next
        -- owner after the close neither created nor held it.
        case
            when status = 'open' then owner_id_current else owner_id_at_close
        end as holder_id
    from {{ ref('fct_deal') }}
    where not is_test
),

refunds as (
    select * from {{ ref('fct_payment') }}
    where is_refund
),

events as (
    select
        holder_id as manager_id,
        created_on as date,
        'created' as event_type,
        -- A deal that was closed before it was created was never open.
        -- Nobody works on one that an order made.
        case
            when is_made_of_order then 0
            when status = 'open' or closed_on >= created_on then 1
            else 0
        end as open_change,
        is_made_of_order,
        cast(null as boolean) as is_new_customer,
        cast(null as {{ money() }}) as amount
    from deals

    union all

    select
        owner_id_at_close as manager_id,
        closed_on as date,
        status as event_type,
        case when closed_on >= created_on and not is_made_of_order then -1 else 0 end
            as open_change,
        is_made_of_order,
        is_new_customer,
        amount_base as amount
    from deals
    where status <> 'open' and closed_on is not null

    union all

    select
        deals.owner_id_at_close as manager_id,
        {{ business_date('refunds.paid_at') }} as date,
        'refund' as event_type,
        0 as open_change,
        deals.is_made_of_order,
        cast(null as boolean) as is_new_customer,
        -- Some systems deliver a refund as a negative amount, some as a positive one.
        abs(refunds.amount_base) as amount
    from refunds
    inner join deals on refunds.deal_id = deals.deal_id
    where deals.status = 'won' and deals.closed_on is not null
),

daily as (
    select
        manager_id,
        date,
        {%- for count, rows in counts.items() %}
        count(*) filter (where {{ rows }}) as {{ count }},
        {%- endfor %}
        sum(open_change) as open_change,
        sum(amount) filter (where event_type = 'won') as won_amount,
        sum(amount) filter (where event_type = 'lost') as lost_amount,
        sum(amount) filter (where {{ counts['crm_won_count'] }}) as crm_won_amount,
        sum(amount) filter (where event_type = 'lost' and not is_made_of_order) as crm_lost_amount,
        sum(amount) filter (where event_type = 'refund') as refund_amount,
        coalesce(sum(amount) filter (where event_type = 'won'), 0)
        - coalesce(sum(amount) filter (where event_type = 'refund'), 0) as revenue
    from events
    group by all
),

rounded as (
    select
        manager_id,
        {%- for measure in counts.keys() | list + ['open_change'] %}
        {{ measure }},
        {%- endfor %}
        {%- for amount in manager_amounts() %}
        {{ in_hundredths(amount, 'date, manager_id') | indent(8) }} as {{ amount }},
        {%- endfor %}
        date
    from daily
)

select * from rounded
