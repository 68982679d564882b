{#- A view: gate 2 writes its checks after the other models are built. -#}
{{ config(materialized='view') }}

with

checks as (
    select * from {{ ref('int_checks__of_night') }}
),

mart_entities as (
    select * from {{ ref('mart_entities') }}
),

sources as (
    select * from {{ ref('stg_ledger__expected') }}
),

-- A source without rows of an optional entity is not a source of that entity.
absent as (
    select
        source,
        entity
    from checks
    where check_id = 'delivered' and passed and threshold = 0
),

expected as (
    select distinct entity
    from sources
    anti join absent using (source, entity)
),

-- The tables of a vendor are not entities: gate 1 checks whether the entities have rows.
delivered as (
    select entity
    from {{ ref('stg_ledger__loads') }}
    where as_of_date = {{ as_of_date() }} and rows_loaded > 0
    union distinct
    select entity
    from checks
    where check_id = 'delivered' and passed and threshold > 0
),

marts as (
    select distinct mart from mart_entities
),

-- The checks that decide whether a mart is complete: also those of what its numbers are made of.
-- The other checks are warnings about values that may be valid, such as leads without a channel.
counted as (
    select
        marts.mart,
        case
            when checks.dimension in ('freshness', 'volume') then checks.date
        end as date,
        checks.source,
        checks.dimension in ('freshness', 'volume')
        or checks.check_id = 'delivered' as is_of_day,
        concat(checks.check_id, ':', checks.entity) as check_name,
        -- Above the threshold, the volume of a day shows activity and not completeness.
        case
            when checks.dimension in ('freshness', 'volume') and checks.passed
                then 1
            else checks.value
        end as value,
        checks.severity = 'block' and not checks.passed as is_blocking,
        true as is_applicable
    from checks
    inner join marts
        on
            concat(',', checks.affected_marts, ',')
            like concat('%,', marts.mart, ',%')
    where
        checks.severity = 'block'
        or checks.dimension in ('freshness', 'volume')
        or checks.check_id in ('delivered', 'history_read', 'history_told', 'outcome_told')
),

fed as (
    select distinct mart_entities.mart
    from mart_entities
    inner join expected using (entity)
    where mart_entities.is_enough
),

-- An expected entity that was not delivered blocks its marts. An entity that no configured source
-- delivers is not missing.
lacking as (
    select
        mart_entities.mart,
        cast(null as date) as date,
        'all' as source,
        expected.entity is not null as is_of_day,
        concat(
            case when expected.entity is null then 'no_source:' else 'delivered:' end,
            mart_entities.entity
        ) as check_name,
        cast(case when expected.entity is not null then 0 end as double) as value,
        expected.entity is not null as is_blocking,
        expected.entity is not null as is_applicable
    from mart_entities
    left join expected using (entity)
    left join delivered using (entity)
    left join fed using (mart)
    where
        mart_entities.is_mandatory
        and case
            when expected.entity is null then fed.mart is null
            else delivered.entity is null
        end
),

unioned as (
    select * from counted
    union all
    select * from lacking
)

select * from unioned
