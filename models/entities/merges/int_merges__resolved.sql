with recursive

-- The records that are there by the as_of day. A contact counts as there in any case: nothing
-- but what identifies a client hangs on it.
records as (
    {%- for entity, id in [('leads', 'lead_id'), ('deals', 'deal_id')] %}
    select
        '{{ entity }}' as entity,
        {{ id }} as record_id
    from {{ ref('stg_entities__' ~ entity) }}
    where created_at < {{ as_of_end() }}
    union all
    {%- endfor %}
    select
        'users' as entity,
        user_id as record_id
    from {{ ref('stg_entities__users') }}
),

steps as (
    select
        delivered.entity,
        delivered.loser_id,
        delivered.survivor_id,
        losers.record_id is not null as is_loser_there,
        delivered.entity = 'contacts' or survivors.record_id is not null
            as is_survivor_there
    from {{ ref('stg_entities__merges') }} as delivered
    left join records as losers
        on delivered.entity = losers.entity and delivered.loser_id = losers.record_id
    left join records as survivors
        on delivered.entity = survivors.entity and delivered.survivor_id = survivors.record_id
    where
        delivered.loser_id != delivered.survivor_id
        and (delivered.merged_at is null or delivered.merged_at < {{ as_of_end() }})
    qualify row_number() over (
        partition by delivered.entity, delivered.loser_id
        order by delivered.merged_at desc nulls last, delivered.survivor_id asc
    ) = 1
),

-- Every record that a chain of merges leads to. A pair counts once, so a circle ends.
chains as (
    select
        entity,
        loser_id,
        survivor_id,
        is_survivor_there
    from steps
    union
    select
        chains.entity,
        chains.loser_id,
        steps.survivor_id,
        steps.is_survivor_there
    from chains
    inner join steps
        on
            chains.entity = steps.entity
            and chains.survivor_id = steps.loser_id
),

-- Records that lead to a record that leads to itself form a circle.
counted as (
    select
        chains.entity,
        chains.loser_id,
        chains.survivor_id,
        chains.is_survivor_there,
        count(later.survivor_id) as later_count,
        count(case when chains.survivor_id = later.survivor_id then 1 end) as circle_count
    from chains
    left join chains as later
        on chains.entity = later.entity and chains.survivor_id = later.loser_id
    group by all
),

-- The last record of a chain that is there; nothing comes after the last one of all.
ends as (
    select
        *,
        sum(circle_count) over (partition by entity, loser_id) > 0 as is_circular,
        row_number() over (
            partition by entity, loser_id
            order by is_survivor_there desc, later_count asc, survivor_id asc
        ) as place
    from counted
),

judged as (
    select
        steps.entity,
        steps.loser_id,
        steps.survivor_id as delivered_survivor_id,
        ends.survivor_id,
        case
            when ends.is_circular then 'circle'
            when ends.is_survivor_there or not steps.is_loser_there then 'merged'
            else 'unknown_survivor'
        end as fate
    from steps
    inner join ends using (entity, loser_id)
    where ends.place = 1
),

resolved as (
    select
        entity,
        loser_id,
        delivered_survivor_id,
        case when fate = 'merged' then survivor_id end as survivor_id,
        fate
    from judged
)

select * from resolved
