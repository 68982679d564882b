with

records as (
    select * from {{ ref('int_customers__records') }}
),

components as (
    select * from {{ ref('int_customers__components') }}
),

-- The strongest of the ties that an anchor has to others.
ties as (
    select
        anchor,
        min_by(
            kind,
            case kind
                when 'deal_lead' then 1
                when 'phone' then 2
                when 'email' then 3
                when 'messenger' then 4
                else 5
            end
        ) as kind
    from {{ ref('int_customers__bridges') }}
    group by anchor
),

placed as (
    select
        records.record_type,
        records.record_id,
        records.source,
        records.contact_id,
        records.anchor,
        records.joined_by,
        coalesce(components.component, records.anchor) as component,
        -- The record that was there first names the customer, so that his id stays
        -- when records join him later.
        first_value(records.record_type || ':' || records.record_id) over (
            partition by coalesce(components.component, records.anchor)
            order by
                records.seen_at asc nulls last,
                records.record_type asc,
                records.record_id asc
        ) as first_record
    from records
    left join components
        on records.anchor = components.anchor
),

identified as (
    select
        placed.record_type,
        placed.record_id,
        placed.source,
        case when placed.record_type = 'contact' then placed.record_id end
            as contact_id,
        case when placed.record_type = 'contact' then placed.contact_id end
            as survivor_contact_id,
        placed.component,
        coalesce(
            placed.joined_by,
            case when placed.anchor != placed.component then ties.kind end
        ) as joined_by,
        {{ customer_hash('placed.first_record', 'customer_key.hash_key') }}
            as customer_id
    from placed
    left join ties
        on placed.anchor = ties.anchor
    cross join {{ ref('stg_ledger__customer_key') }} as customer_key
)

select * from identified
