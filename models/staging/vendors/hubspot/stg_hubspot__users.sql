with

owners as (
    select * from {{ landed('hubspot', 'owners') }}
),

teams as (
    select
        source,
        id,
        {{ json_rows('teams', ['name', 'primary']) }} as item
    from owners
),

main_teams as (
    select
        source,
        id,
        coalesce(
            max(case when item['primary'] = 'true' then item['name'] end),
            min(item['name'])
        ) as team
    from teams
    group by source, id
),

renamed as (
    select
        owners.source,
        owners.id as user_id,
        coalesce(
            {{ full_name('owners.first_name', 'owners.last_name') }},
            owners.email,
            concat('Owner ', owners.id)
        ) as name,
        owners.email,
        cast(null as {{ dbt.type_string() }}) as phone_ext,
        main_teams.team,
        cast(null as {{ dbt.type_string() }}) as department,
        cast(null as {{ dbt.type_string() }}) as role,
        not coalesce(owners.archived, false) as is_active,
        cast(null as date) as hired_on,
        cast(null as date) as left_on,
        owners.updated_at
    from owners
    left join main_teams
        on
            owners.source = main_teams.source
            and owners.id = main_teams.id
)

select * from renamed
