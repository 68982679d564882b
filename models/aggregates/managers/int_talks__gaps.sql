with

talks as (select * from {{ ref('int_talks__daily') }}),

customers as (select * from {{ ref('dim_customer') }}),

-- A lead is open until it becomes a deal, is lost or buys.
records as (
    select
        'deal' as record_type,
        deal_id as record_id,
        customer_id,
        case when status = 'open' then owner_id_current else owner_id_at_close end as manager_id,
        case when is_new_customer then 'new' else 'returning' end as client_type,
        {{ business_date('created_at') }} as opened_on,
        {{ business_date('final_closed_at') }} as ended_on,
        status = 'won' as is_won
    from {{ ref('fct_deal') }}
    where
        not is_test and not is_made_of_order
        and (status = 'open' or final_closed_at is not null)

    union all

    select
        'lead' as record_type,
        lead_id as record_id,
        customer_id,
        owner_id as manager_id,
        case when first_won_at < created_at then 'returning' else 'new' end as client_type,
        {{ business_date('created_at') }} as opened_on,
        {{ business_date('least(converted_at, lost_at, won_at)') }} as ended_on,
        false as is_won
    from {{ ref('fct_lead') }} as leads
    left join customers using (customer_id)
    where
        not leads.is_test and not is_spam and not is_made_of_order
        and (status = 'open' or coalesce(converted_at, lost_at, won_at) is not null)
),

-- A contact that names neither a deal nor a lead is about all that is open with the customer.
talked as (
    {%- for record_type in ['deal', 'lead'] %}
    select
        '{{ record_type }}' as record_type,
        {{ record_type }}_id as record_id,
        date
    from talks
    where {{ record_type }}_id is not null

    union all
    {% endfor %}
    select
        records.record_type,
        records.record_id,
        talks.date
    from talks
    inner join records using (customer_id)
    where talks.deal_id is null and talks.lead_id is null
),

days as (
    select
        record_type,
        record_id,
        opened_on as date,
        0 as contacts
    from records

    union all

    select
        talked.record_type,
        talked.record_id,
        talked.date,
        1 as contacts
    from talked
    inner join records using (record_type, record_id)
    where
        talked.date >= records.opened_on
        and coalesce(talked.date <= records.ended_on, true)
),

gaps as (
    select
        record_type,
        record_id,
        date as from_on,
        max(contacts) = 1 as is_contact,
        lead(date) over (partition by record_type, record_id order by date) as next_contact_on
    from days
    group by record_type, record_id, date
),

final as (
    select
        gaps.record_type,
        gaps.record_id,
        records.manager_id,
        records.client_type,
        coalesce(customers.segment, 'unknown') as segment,
        records.is_won,
        gaps.from_on,
        gaps.is_contact,
        gaps.next_contact_on,
        -- Clocks of two systems may end a record before it begins.
        case
            when gaps.next_contact_on is not null then gaps.next_contact_on
            when records.ended_on < gaps.from_on then gaps.from_on
            else records.ended_on
        end as to_on
    from gaps
    inner join records using (record_type, record_id)
    left join customers using (customer_id)
)

select * from final
