{#- A view: gate 2 writes its checks after the other models are built. -#}
{{ config(materialized='view') }}

with

checks as (
    select * from {{ ref('int_checks__of_night') }}
),

mart_entities as (
    select * from {{ ref('mart_entities') }}
),

expected as (
    select * from {{ ref('int_entities__expected') }}
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
        or checks.check_id in ('delivered', 'history_told', 'outcome_told')
),

undelivered as (
    select
        mart_entities.mart,
        cast(null as date) as date,
        'all' as source,
        true as is_of_day,
        concat('delivered:', mart_entities.entity) as check_name,
        0 as value,
        true as is_blocking,
        true as is_applicable
    from mart_entities
    inner join expected
        on mart_entities.entity = expected.entity
    left join delivered
        on mart_entities.entity = delivered.entity
    where mart_entities.is_mandatory and delivered.entity is null
),

fed as (
    select distinct mart_entities.mart
    from mart_entities
    inner join expected
        on mart_entities.entity = expected.entity
    where mart_entities.is_enough
),

-- An entity that no configured source delivers is not missing.
unexpected as (
    select
        mart_entities.mart,
        cast(null as date) as date,
        'all' as source,
        false as is_of_day,
        concat('no_source:', mart_entities.entity) as check_name,
        cast(null as double) as value,
        false as is_blocking,
        false as is_applicable
    from mart_entities
    left join expected
        on mart_entities.entity = expected.entity
    left join fed
        on mart_entities.mart = fed.mart
    where
        mart_entities.is_mandatory
        and expected.entity is null
        and fed.mart is null
),

unioned as (
    select * from counted
    union all
    select * from undelivered
    union all
    select * from unexpected
)

select * from unioned
