{#- A view: gate 2 writes its checks after the other models are built. -#}
{{ config(materialized='view') }}

with

checks as (
    select * from {{ ref('stg_ledger__checks') }}
),

of_night as (
    select
        date,
        source,
        entity,
        check_id,
        dimension,
        value,
        threshold,
        passed,
        severity,
        affected_marts
    from checks
    where as_of_date = {{ as_of_date() }}
)

select * from of_night
