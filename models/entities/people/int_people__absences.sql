with

absences as (
    select * from {{ ref('stg_entities__absences') }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'users'
),

calendar as (
    select date from {{ ref('int_dates__spine') }}
),

repointed as (
    select
        coalesce(survivors.survivor_id, absences.user_id) as manager_id,
        absences.first_on,
        absences.last_on
    from absences
    left join survivors
        on absences.user_id = survivors.loser_id
),

-- Absences may overlap, and two accounts of one person may both have them.
days as (
    select distinct
        repointed.manager_id,
        calendar.date
    from repointed
    inner join calendar
        on calendar.date between repointed.first_on and repointed.last_on
)

select * from days
