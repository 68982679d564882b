with recursive

records as (
    select * from {{ ref('int_customers__records') }}
),

bridges as (
    select
        anchor,
        kind,
        value
    from {{ ref('int_customers__bridges') }}
    where blocked_as is null
    union all
    select
        anchor,
        'deal_lead' as kind,
        deal_id as value
    from {{ ref('int_customers__grown') }}
),

anchors as (
    select anchor from bridges
    union
    select anchor from records
),

-- Every round an anchor takes the label of the smallest label that it shares a
-- bridge with. Labels only ever fall, so it ends; when none falls, neighbours have
-- one label, so all of a component have, and a chain is halved every round.
labels as (
    select
        anchor,
        anchor as head,
        0 as round,
        true as is_changed
    from anchors

    union all

    select
        nearest.anchor,
        jumped.head,
        nearest.round + 1 as round,
        jumped.head != nearest.head as is_changed
    from (
        select
            standing.anchor,
            standing.head,
            standing.round,
            min(lowest.head) as lowest_head
        from labels as standing
        inner join bridges
            on standing.anchor = bridges.anchor
        inner join (
            select
                shared.kind,
                shared.value,
                min(sharing.head) as head
            from labels as sharing
            inner join bridges as shared
                on sharing.anchor = shared.anchor
            group by shared.kind, shared.value
        ) as lowest
            on
                bridges.kind = lowest.kind
                and bridges.value = lowest.value
        where (select bool_or(is_changed) from labels)
        group by standing.anchor, standing.head, standing.round
    ) as nearest
    inner join labels as jumped
        on nearest.lowest_head = jumped.anchor
),

joined as (
    select
        anchor,
        head as component
    from labels
    qualify row_number() over (
        partition by anchor
        order by round desc
    ) = 1
),

-- The record that was there first names the customer, so that the id stays when records join later.
firsts as (
    select
        joined.component,
        records.record_type || ':' || records.record_id as first_record
    from records
    inner join joined using (anchor)
    qualify row_number() over (
        partition by joined.component
        order by records.seen_at asc nulls last, records.record_type asc, records.record_id asc
    ) = 1
),

components as (
    select
        joined.anchor,
        joined.component,
        {{ customer_hash('firsts.first_record', 'customer_key.hash_key') }} as customer_id
    from joined
    inner join firsts using (component)
    cross join {{ ref('stg_ledger__customer_key') }} as customer_key
)

select * from components
