with

managers as (
    select * from {{ ref('int_managers__identified') }}
),

dated as (
    select
        manager_id,
        name,
        team,
        department,
        role,
        is_active,
        hired_on,
        left_on,
        hired_on as valid_from,
        left_on as valid_to
    from managers
)

select * from dated
