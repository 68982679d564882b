with

users as (
    select * from {{ source('amocrm', 'users') }}
),

current_users as (
    select * from {{ source('amocrm', 'current_users') }}
),

renamed as (
    select
        users.source,
        users.id as user_id,
        coalesce(users.name, users.id) as name,
        users.email,
        cast(null as {{ dbt.type_string() }}) as phone_ext,
        users.group_name as team,
        cast(null as {{ dbt.type_string() }}) as department,
        users.role_name as role,
        -- Who was let go is not in the list any more.
        coalesce(users.is_active, true)
        and current_users.id is not null as is_active,
        cast(null as date) as hired_on,
        cast(null as date) as left_on,
        cast(null as timestamp) as updated_at
    from users
    left join current_users
        on
            users.source = current_users.source
            and users.id = current_users.id
)

select * from renamed
