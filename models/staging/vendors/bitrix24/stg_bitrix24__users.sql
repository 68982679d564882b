with

users as (
    select * from {{ landed('bitrix24', 'users') }}
),

departments as (
    select * from {{ landed('bitrix24', 'departments') }}
),

leads as (
    select * from {{ landed('bitrix24', 'leads') }}
),

deals as (
    select * from {{ landed('bitrix24', 'deals') }}
),

-- Integrators are in no list, and own cards.
named as (
    select
        source,
        assigned_by_id as id
    from leads
    union distinct
    select
        source,
        assigned_by_id as id
    from deals
),

known as (
    select
        source,
        id,
        {{ full_name('first_name', 'last_name') }} as name,
        email,
        phone_ext,
        position,
        {{ json_text('departments', "'$[0]'") }} as department_id,
        is_active,
        {{ dbt.safe_cast('substring(employed_on, 1, 10)', 'date') }} as hired_on
    from users
    union all
    select
        named.source,
        named.id,
        concat('User ', named.id) as name,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as phone_ext,
        cast(null as {{ dbt.type_string() }}) as position,
        cast(null as {{ dbt.type_string() }}) as department_id,
        false as is_active,
        cast(null as date) as hired_on
    from named
    left join users
        on
            named.source = users.source
            and named.id = users.id
    where named.id is not null and users.id is null
),

renamed as (
    select
        known.source,
        known.id as user_id,
        coalesce(known.name, known.email, known.id) as name,
        known.email,
        known.phone_ext,
        own.name as team,
        -- The topmost is the company.
        case when above.parent_id is not null then above.name end
            as department,
        known.position as role,
        coalesce(known.is_active, true) as is_active,
        known.hired_on,
        cast(null as date) as left_on,
        cast(null as timestamp) as updated_at
    from known
    left join departments as own
        on
            known.source = own.source
            and known.department_id = own.id
    left join departments as above
        on
            own.source = above.source
            and own.parent_id = above.id
)

select * from renamed
