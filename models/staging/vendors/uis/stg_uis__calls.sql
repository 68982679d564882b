with

sessions as (
    select * from {{ landed('uis', 'sessions') }}
),

rings as (
    select * from {{ ref('stg_uis__rings') }}
),

employees as (
    select * from {{ landed('uis', 'employees') }}
),

-- A session that reached no operator has no leg of an operator and is also
-- a call.
joined as (
    select
        sessions.*,
        rings.leg_id,
        coalesce(rings.leg_no, 1) as leg_no,
        coalesce(rings.is_talked, false) as is_talked,
        coalesce(rings.ring_seconds, 0) as ring_seconds,
        coalesce(rings.talk_seconds, 0) as talk_seconds,
        rings.rung_at,
        rings.answered_at,
        coalesce(rings.ended_at, sessions.finish_time) as ended_at,
        employees.email as user_email,
        employees.phone_ext
    from sessions
    left join rings
        on
            sessions.source = rings.source
            and sessions.id = rings.session_id
    left join employees
        on
            rings.source = employees.source
            and rings.employee_id = employees.id
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
        ring_seconds,
        talk_seconds,
        -- times
        case when leg_no = 1 then start_time else rung_at end as started_at,
        answered_at,
        ended_at,
        cast(null as timestamp) as updated_at
    from joined
)

select * from renamed
