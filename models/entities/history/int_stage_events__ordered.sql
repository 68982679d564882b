with recursive

events as (
    select * from {{ ref('int_stage_events__placed') }}
),

tied as (
    select
        *,
        concat(lpad(cast(forward_no as {{ dbt.type_string() }}), 3, '0'), ',') as step
    from {{ ref('int_stage_events__knotted') }}
),

-- All orders of the events of a tie in which, if possible, each event leaves the stage that the
-- event before entered. If no event does, the next one in forward order follows (a break).
walks as (
    select
        entity,
        record_id,
        tie_no,
        stage_id,
        stage_after,
        step as steps,
        case when from_stage_id != stage_before then 1 else 0 end as breaks
    from tied
    union all
    select
        walks.entity,
        walks.record_id,
        walks.tie_no,
        tied.stage_id,
        walks.stage_after,
        concat(walks.steps, tied.step) as steps,
        walks.breaks
        + case when tied.from_stage_id = walks.stage_id then 0 else 1 end as breaks
    from walks
    inner join tied using (entity, record_id, tie_no)
    where {{ dbt.position('tied.step', 'walks.steps') }} = 0
    qualify dense_rank() over (
        partition by walks.entity, walks.record_id, walks.tie_no, walks.steps
        order by
            case when tied.from_stage_id = walks.stage_id then 0 else tied.forward_no end
    ) = 1
),

-- The longest walks have all events. The best one has the fewest breaks, then goes forward.
best as (
    select
        entity,
        record_id,
        tie_no,
        steps
    from walks
    qualify row_number() over (
        partition by entity, record_id, tie_no
        order by
            length(steps) desc,
            breaks + case when stage_id != stage_after then 1 else 0 end asc,
            steps asc
    ) = 1
),

chained as (
    select
        tied.entity,
        tied.record_id,
        tied.tie_no,
        tied.forward_no,
        {{ dbt.position('tied.step', 'best.steps') }} as chain_no
    from tied
    inner join best using (entity, record_id, tie_no)
),

ordered as (
    select
        events.entity,
        events.record_id,
        row_number() over (
            partition by events.entity, events.record_id
            order by events.tie_no, chained.chain_no, events.forward_no
        ) as event_no,
        events.pipeline_id,
        events.stage_id,
        events.outcome,
        events.from_stage_id,
        events.changed_at,
        events.changed_by
    from events
    left join chained using (entity, record_id, tie_no, forward_no)

    union all

    -- A deal that an order makes has no other events.
    select
        'deals' as entity,
        deal_id as record_id,
        event_no,
        pipeline_id,
        stage_id,
        outcome,
        null as from_stage_id,
        changed_at,
        null as changed_by
    from {{ ref('int_orders__moves') }}
),

counted as (
    select
        *,
        outcome is not null and changed_at < {{ as_of_end() }} as is_counted
    from ordered
)

select * from counted
