with

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'users'
),

employments as (
    select
        user_id,
        phone_ext,
        is_active,
        hired_on,
        case when hired_on is null or hired_on <= left_on then left_on end as left_on
    from {{ ref('stg_entities__users') }}

    union all

    -- Whoever was hired after leaving came back.
    select
        user_id,
        phone_ext,
        false as is_active,
        null as hired_on,
        left_on
    from {{ ref('stg_entities__users') }}
    where hired_on > left_on
),

users as (
    select
        employments.phone_ext,
        coalesce(survivors.survivor_id, employments.user_id) as user_id,
        coalesce(employments.is_active, employments.left_on is null) as is_active,
        employments.hired_on,
        employments.left_on
    from employments
    left join survivors
        on employments.user_id = survivors.loser_id
    where employments.phone_ext is not null
),

-- Whoever came on an unknown day came after those who had left before.
known as (
    select
        phone_ext,
        user_id,
        is_active,
        left_on,
        coalesce(hired_on, {{ dbt.dateadd('day', 1, 'max(left_on) over left_before') }})
            as held_from
    from users
    window left_before as (
        partition by phone_ext
        order by left_on nulls last
        rows between unbounded preceding and 1 preceding
    )
),

days as (
    select
        phone_ext,
        coalesce(held_from, cast('1900-01-01' as date)) as held_from
    from known
    union
    select
        phone_ext,
        cast({{ dbt.dateadd('day', 1, 'left_on') }} as date) as held_from
    from known
    where left_on is not null
),

spans as (
    select
        phone_ext,
        held_from,
        lead(held_from) over (partition by phone_ext order by held_from) as held_until
    from days
),

-- Of those who are there the latest comer has it, of equals the one who is still there.
ranked as (
    select
        spans.phone_ext,
        spans.held_from,
        spans.held_until,
        known.user_id,
        rank() over (
            partition by spans.phone_ext, spans.held_from
            order by known.held_from desc nulls last, known.is_active desc
        ) as place
    from spans
    inner join known
        on
            spans.phone_ext = known.phone_ext
            and (known.held_from is null or spans.held_from >= known.held_from)
            and (known.left_on is null or spans.held_from <= known.left_on)
),

-- Where two users match equally, no user is assigned.
held as (
    select
        phone_ext,
        {{ business_day_start('held_from') }} as held_from,
        {{ business_day_start('held_until') }} as held_until,
        min(user_id) as user_id
    from ranked
    where place = 1
    group by phone_ext, held_from, held_until
    having count(distinct user_id) = 1
)

select * from held
