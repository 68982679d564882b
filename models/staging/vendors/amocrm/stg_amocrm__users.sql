with

users as (
    select * from {{ landed('amocrm', 'users') }}
),

current_users as (
    select * from {{ landed('amocrm', 'current_users') }}
),

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
),

moves as (
    select * from {{ ref('stg_amocrm__stage_moves') }}
),

-- Who was let go is in no list any more, and in the cards for ever.
named as (
    select
        source,
        responsible_user_id as id
    from cards
    union distinct
    select
        source,
        changed_by as id
    from moves
),

known as (
    select
        users.source,
        users.id,
        users.name,
        users.email,
        users.group_name,
        users.role_name,
        coalesce(users.is_active, true)
        and current_users.id is not null as is_active
    from users
    left join current_users
        on
            users.source = current_users.source
            and users.id = current_users.id
    union all
    select
        named.source,
        named.id,
        concat('User ', named.id) as name,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as group_name,
        cast(null as {{ dbt.type_string() }}) as role_name,
        false as is_active
    from named
    left join users
        on
            named.source = users.source
            and named.id = users.id
    where named.id is not null and users.id is null
),

renamed as (
    select
        source,
        id as user_id,
        coalesce(name, id) as name,
        email,
        cast(null as {{ dbt.type_string() }}) as phone_ext,
        group_name as team,
        cast(null as {{ dbt.type_string() }}) as department,
        role_name as role,
        is_active,
        cast(null as date) as hired_on,
        cast(null as date) as left_on,
        cast(null as timestamp) as updated_at
    from known
)

select * from renamed
