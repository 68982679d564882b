with

sessions as (
    select
        source,
        id as call_session_id,
        direction,
        talk_duration as session_talk_duration
    from {{ landed('uis', 'sessions') }}
),

legs as (
    select * from {{ landed('uis', 'legs') }}
    -- The other legs are the client's own and the exchange's; who coaches has no call.
    where is_operator and not coalesce(is_coach, false)
),

-- The duration of a leg begins when its phone is picked up: of an outgoing call
-- the manager's own, who then waits for the client.
talked as (
    select
        legs.*,
        sessions.direction as session_direction,
        case
            when not coalesce(legs.is_talked, false) then 0
            when sessions.direction = 'out'
                then least(
                    legs.duration, coalesce(sessions.session_talk_duration, legs.duration)
                )
            else legs.duration
        end as talk_seconds,
        {{ dbt.dateadd('second', 'legs.total_duration', 'legs.start_time') }} as ended_at
    from legs
    left join sessions using (source, call_session_id)
),

renamed as (
    select
        source,
        -- ids
        id as leg_id,
        call_session_id as session_id,
        employee_id,
        row_number() over (
            partition by source, call_session_id
            order by start_time asc, id asc
        ) as leg_no,
        -- numbers
        coalesce(total_duration, 0) - coalesce(talk_seconds, 0) as ring_seconds,
        coalesce(talk_seconds, 0) as talk_seconds,
        -- booleans
        coalesce(is_talked, false) as is_talked,
        -- times
        start_time as rung_at,
        case
            when not coalesce(is_talked, false) then null
            when session_direction = 'out'
                then {{ dbt.dateadd('second', '-talk_seconds', 'ended_at') }}
            else connect_time
        end as answered_at,
        ended_at
    from talked
)

select * from renamed
