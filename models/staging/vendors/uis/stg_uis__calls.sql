with

sessions as (
    select * from {{ source('uis', 'sessions') }}
),

legs as (
    select * from {{ source('uis', 'legs') }}
    -- The other legs are the client's own and the exchange's; who coaches has no call.
    where is_operator and not coalesce(is_coach, false)
),

employees as (
    select * from {{ source('uis', 'employees') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by source, call_session_id
            order by start_time asc, id asc
        ) as leg_no
    from legs
),

-- A session that reached nobody has no leg of an operator and is a call all
-- the same.
joined as (
    select
        sessions.*,
        numbered.id as leg_id,
        coalesce(numbered.leg_no, 1) as leg_no,
        numbered.start_time as rung_at,
        numbered.connect_time,
        numbered.total_duration as leg_duration,
        numbered.duration as leg_talk_duration,
        coalesce(numbered.is_talked, false) as is_talked,
        employees.email as user_email,
        employees.phone_ext
    from sessions
    left join numbered
        on
            sessions.source = numbered.source
            and sessions.id = numbered.call_session_id
    left join employees
        on
            numbered.source = employees.source
            and numbered.employee_id = employees.id
),

renamed as (
    select
        source,
        -- ids
        -- Legs and sessions are numbered apart.
        coalesce(leg_id, 'session-' || id) as call_id,
        id as session_id,
        leg_no,
        cast(null as {{ dbt.type_string() }}) as user_id,
        user_email,
        phone_ext,
        cast(null as {{ dbt.type_string() }}) as lead_id,
        cast(null as {{ dbt.type_string() }}) as deal_id,
        -- text
        direction,
        case
            when is_talked then 'answered'
            when is_lost and finish_reason = 'subscriber_disconnects' then 'abandoned'
            when
                is_lost and finish_reason in ('numb_not_exists', 'call_failed')
                then 'failed'
            else 'missed'
        end as result,
        contact_phone_number as client_phone,
        case when direction = 'in' then virtual_phone_number end as line_phone,
        call_records as recording_url,
        -- numbers
        case
            when direction = 'in' and leg_no = 1
                then cast(
                    coalesce(
                        {{ seconds_between('start_time', 'rung_at') }}, wait_duration
                    ) as bigint
                )
            when direction = 'in' then 0
        end as queue_seconds,
        coalesce(leg_duration, 0) - coalesce(leg_talk_duration, 0) as ring_seconds,
        coalesce(leg_talk_duration, 0) as talk_seconds,
        -- times
        case when leg_no = 1 then start_time else rung_at end as started_at,
        connect_time as answered_at,
        coalesce(
            {{ dbt.dateadd('second', 'leg_duration', 'rung_at') }}, finish_time
        ) as ended_at,
        cast(null as timestamp) as updated_at
    from joined
)

select * from renamed
