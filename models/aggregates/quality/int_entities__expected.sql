{#- A view: gate 2 writes its checks after the other models are built. -#}
{{ config(materialized='view') }}

with

sources as (
    select * from {{ ref('stg_ledger__expected') }}
),

checks as (
    select * from {{ ref('int_checks__of_night') }}
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
    select distinct sources.entity
    from sources
    left join absent
        on
            sources.source = absent.source
            and sources.entity = absent.entity
    where absent.entity is null
)

select * from expected
