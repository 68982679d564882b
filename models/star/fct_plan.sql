with

plans as (
    select * from {{ ref('stg_entities__plans') }}
    where set_at is null or set_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'users'
),

repointed as (
    select
        plans.kpi as kpi_id,
        plans.scope_type,
        coalesce(survivors.survivor_id, plans.scope_id) as scope_id,
        plans.scope_id as delivered_scope_id,
        plans.period_start,
        plans.period_end,
        coalesce(plans.version, 1) as version,
        plans.version is not null as is_version_told,
        plans.value,
        plans.set_at
    from plans
    left join survivors
        on
            case when plans.scope_type = 'manager' then plans.scope_id end
            = survivors.loser_id
),

-- Two accounts of one person may each have a plan: the plan of the surviving account is kept.
kept as (
    select
        kpi_id,
        scope_type,
        scope_id,
        period_start,
        period_end,
        version,
        value,
        set_at
    from repointed
    qualify row_number() over (
        partition by kpi_id, scope_type, scope_id, period_start, period_end, version
        order by
            case when delivered_scope_id = scope_id then 0 else 1 end asc,
            delivered_scope_id asc,
            is_version_told desc
    ) = 1
)

select * from kept
