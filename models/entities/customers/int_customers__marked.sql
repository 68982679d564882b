with

records as (
    select * from {{ ref('int_customers__records') }}
),

components as (
    select * from {{ ref('int_customers__components') }}
),

marked as (
    select * from {{ ref('int_records__marked') }}
),

-- Of a client with a real order, only the marked records are tests.
known as (
    select components.customer_id
    from records
    inner join components
        on records.anchor = components.anchor
    left join marked
        on
            records.record_type = marked.record_type
            and records.record_id = marked.record_id
    group by components.customer_id
    having
        count(marked.record_id) > 0
        and count(
            case
                when records.record_type != 'contact' and marked.record_id is null then 1
            end
        ) = 0
),

-- A marked number of which the CRM has no record yet.
strangers as (
    select {{ customer_hash("'phone:' || marks.value", 'customer_key.hash_key') }} as customer_id
    from {{ ref('stg_identity__test_marks') }} as marks
    cross join {{ ref('stg_ledger__customer_key') }} as customer_key
    where marks.kind = 'phone'
),

united as (
    select customer_id from known
    union
    select customer_id from strangers
)

select * from united
