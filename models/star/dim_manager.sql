with

-- Whoever was hired after leaving came back.
users as (
    select
        user_id,
        name,
        team,
        department,
        role,
        is_active,
        hired_on,
        case when hired_on is null or hired_on <= left_on then left_on end as left_on
    from {{ ref('stg_entities__users') }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'users' and survivor_id is not null
),

-- A manager may be known only as an owner, by calls, by messages or by tasks.
mentions as (
    select owner_id as manager_id from {{ ref('int_leads__surviving') }}
    union
    select owner_id as manager_id from {{ ref('int_deals__surviving') }}
    union
    select manager_id from {{ ref('int_calls__sessions') }}
    union
    select manager_id_last as manager_id from {{ ref('int_calls__sessions') }}
    union
    select manager_id from {{ ref('int_messages__resolved') }}
    union
    select manager_id from {{ ref('int_tasks__resolved') }}
    union
    select 'unassigned' as manager_id
),

unlisted as (
    select mentions.manager_id
    from mentions
    anti join users
        on mentions.manager_id = users.user_id
),

identified as (
    select
        users.user_id as manager_id,
        users.name,
        users.team,
        users.department,
        users.role,
        coalesce(
            users.is_active,
            users.left_on is null or users.left_on >= {{ as_of_date() }}
        ) as is_active,
        users.hired_on,
        users.left_on
    from users
    anti join survivors
        on users.user_id = survivors.loser_id

    union all

    select
        manager_id,
        case when manager_id = 'unassigned' then 'Unassigned' else manager_id end
            as name,
        null as team,
        null as department,
        null as role,
        manager_id != 'unassigned' as is_active,
        null as hired_on,
        null as left_on
    from unlisted
),

dated as (
    select
        *,
        hired_on as valid_from,
        left_on as valid_to
    from identified
)

select * from dated
