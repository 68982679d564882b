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
        anchor as label,
        0 as round,
        true as is_changed
    from bridges

    union all

    select
        nearest.anchor,
        jumped.label,
        nearest.round + 1 as round,
        jumped.label != nearest.label as is_changed
    from (
        select
            labels.anchor,
            labels.label,
            labels.round,
            min(lowest.label) as lowest_label
        from labels
        inner join bridges
            on labels.anchor = bridges.anchor
        inner join (
            select
                bridges.kind,
                bridges.value,
                min(labels.label) as label
            from labels
            inner join bridges
                on labels.anchor = bridges.anchor
            group by bridges.kind, bridges.value
        ) as lowest
            on
                bridges.kind = lowest.kind
                and bridges.value = lowest.value
        where (select bool_or(is_changed) from labels)
        group by labels.anchor, labels.label, labels.round
    ) as nearest
    inner join labels as jumped
        on nearest.lowest_label = jumped.anchor
),

components as (
    select
        anchor,
        label as component
    from labels
    qualify row_number() over (
        partition by anchor
        order by round desc
    ) = 1
)

select * from components
