{#- A longer tie has too many orders to try all of them: its events go forward. -#}
{%- set longest_tie = 10 -%}
with

events as (
    select * from {{ ref('int_stage_events__placed') }}
),

-- The ties in which the source names the stage that an event left.
knots as (
    select
        entity,
        record_id,
        tie_no
    from events
    group by entity, record_id, tie_no
    having count(*) between 2 and {{ longest_tie }} and count(from_stage_id) > 0
),

knotted as (
    select events.*
    from events
    semi join knots
        on
            events.entity = knots.entity
            and events.record_id = knots.record_id
),

moves as (
    select
        entity,
        record_id,
        tie_no,
        forward_no,
        stage_id,
        1 as added
    from knotted
    union all
    select
        entity,
        record_id,
        tie_no,
        forward_no,
        from_stage_id as stage_id,
        -1 as added
    from knotted
    where from_stage_id is not null
),

-- The first stage of a tie is left more often than it is entered; the last stage is entered more
-- often. A tie that ends in its first stage has neither.
balances as (
    select
        entity,
        record_id,
        tie_no,
        stage_id,
        sum(added) as balance,
        min(forward_no) as forward_no
    from moves
    group by entity, record_id, tie_no, stage_id
),

bounds as (
    select
        entity,
        record_id,
        tie_no,
        min_by(stage_id, forward_no) filter (where balance < 0) as first_stage_id,
        max_by(stage_id, forward_no) filter (where balance > 0) as last_stage_id
    from balances
    group by entity, record_id, tie_no
),

neighbours as (
    select
        entity,
        record_id,
        tie_no,
        {{ ignoring_nulls('lag', 'last_stage_id') }} over record as stage_before,
        lead(first_stage_id) over record as stage_after
    from bounds
    window record as (partition by entity, record_id order by tie_no)
),

tied as (
    select
        knotted.entity,
        knotted.record_id,
        knotted.tie_no,
        knotted.forward_no,
        knotted.stage_id,
        knotted.from_stage_id,
        neighbours.stage_before,
        neighbours.stage_after
    from knotted
    inner join knots using (entity, record_id, tie_no)
    inner join neighbours using (entity, record_id, tie_no)
)

select * from tied
