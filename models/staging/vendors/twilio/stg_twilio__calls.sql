with

sessions as (
    select * from {{ ref('stg_twilio__sessions') }}
),

legs as (
    select * from {{ ref('stg_twilio__legs') }}
    where not is_root
),

-- A session that raised no leg is a call all the same.
joined as (
    select
        sessions.source,
        sessions.session_sid as session_id,
        sessions.direction,
        sessions.client_phone,
        sessions.line_phone,
        sessions.is_answered,
        sessions.began_at as session_began_at,
        legs.sid is null as is_alone,
        coalesce(legs.sid, sessions.session_sid) as call_id,
        coalesce(legs.leg_no, 1) as leg_no,
        coalesce(legs.called_name, sessions.dialler) as name,
        coalesce(legs.media_url, sessions.media_url) as media_url,
        coalesce(legs.status, sessions.status) as status,
        coalesce(legs.talk_seconds, sessions.talk_seconds) as talk_seconds,
        coalesce(legs.began_at, sessions.began_at) as began_at,
        coalesce(legs.ended_at, sessions.ended_at) as ended_at,
        coalesce(legs.updated_at, sessions.updated_at) as updated_at
    from sessions
    left join legs
        on
            sessions.source = legs.source
            and sessions.session_sid = legs.session_sid
),

answered as (
    select
        *,
        case
            when talk_seconds > 0
                then {{ dbt.dateadd('second', '-talk_seconds', 'ended_at') }}
        end as answered_at
    from joined
),

renamed as (
    select
        source,
        -- ids
        call_id,
        session_id,
        leg_no,
        cast(null as {{ dbt.type_string() }}) as user_id,
        case when name like '%@%' then name end as user_email,
        case when name not like '%@%' then name end as phone_ext,
        cast(null as {{ dbt.type_string() }}) as lead_id,
        cast(null as {{ dbt.type_string() }}) as deal_id,
        -- text
        direction,
        case
            when talk_seconds > 0 then 'answered'
            when status = 'failed' then 'failed'
            when status = 'canceled' and direction = 'in' and not is_answered
                then 'abandoned'
            else 'missed'
        end as result,
        -- Twilio's marks of a hidden number: a word, or the word on the keys of a
        -- phone (ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE). Some of them
        -- look like a phone number.
        case
            when
                lower(client_phone) not in (
                    'anonymous', 'restricted', 'blocked', 'unknown', 'unavailable',
                    '+266696687', '+7378742833', '+17378742833', '+2562533',
                    '+8656696', '+8566696', '+86282452253'
                )
                then client_phone
        end as client_phone,
        line_phone,
        media_url as recording_url,
        -- numbers
        case
            when direction = 'in' and is_alone and talk_seconds = 0
                then cast({{ seconds_between('began_at', 'ended_at') }} as bigint)
            when direction = 'in' and leg_no = 1
                then cast(
                    {{ seconds_between('session_began_at', 'began_at') }} as bigint
                )
            when direction = 'in' then 0
        end as queue_seconds,
        case
            when direction = 'in' and is_alone and talk_seconds = 0 then 0
            else cast(
                {{ seconds_between('began_at', 'coalesce(answered_at, ended_at)') }}
                as bigint
            )
        end as ring_seconds,
        talk_seconds,
        -- times
        case when leg_no = 1 then session_began_at else began_at end as started_at,
        answered_at,
        ended_at,
        updated_at
    from answered
)

select * from renamed
