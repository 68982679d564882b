with recursive

bridges as (
    select * from {{ ref('int_customers__bridges') }}
),

-- Every round an anchor takes the label of the smallest label that it shares a
-- bridge with. Labels only ever fall, so it ends; when none falls, neighbours have
-- one label, so all of a component have, and a chain is halved every round.
labels as (
    select distinct
        anchor,
        anchor as head,
        0 as round,
        true as is_changed
    from bridges

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

components as (
    select
        anchor,
        head as component
    from labels
    qualify row_number() over (
        partition by anchor
        order by round desc
    ) = 1
)

select * from components
