with

landed_calls as (
    select * from {{ source('mango', 'calls') }}
),

landed_legs as (
    select * from {{ source('mango', 'legs') }}
),

users as (
    select * from {{ source('mango', 'users') }}
),

calls as (
    select
        source,
        entry_id,
        caller_id,
        case context_type when 1 then 'in' when 2 then 'out' else 'internal' end
            as direction,
        case context_type when 1 then caller_number when 2 then called_number end
            as client_phone,
        case when context_type = 1 then called_number end as line_phone,
        duration,
        talk_duration,
        context_start_time as began
    from landed_calls
),

legs as (
    select
        *,
        -- What is not yet or never is 0 as well as null.
        nullif(call_answer_time, 0) as answered,
        -- The last leg tells how the call ended.
        row_number() over (
            partition by source, entry_id order by leg_no desc
        ) as place_from_end
    from landed_legs
),

-- A leg is somebody's phone that rang. The queue is none, nor is the phone that
-- the caller begins with.
rung as (
    select
        legs.*,
        case
            when legs.call_type = 'user' then legs.call_abonent_id
            when calls.direction = 'out' then calls.caller_id
        end as user_id,
        row_number() over (
            partition by legs.source, legs.entry_id
            order by legs.call_start_time asc, legs.leg_no asc
        ) as rung_no
    from legs
    inner join calls
        on legs.source = calls.source and legs.entry_id = calls.entry_id
    where
        legs.call_type = 'number'
        or (
            legs.call_type = 'user'
            and (
                legs.leg_no > 1
                or calls.caller_id is null
                or legs.call_abonent_id != calls.caller_id
            )
        )
),

endings as (
    select
        source,
        entry_id,
        call_end_reason
    from legs
    where place_from_end = 1
),

-- A call that rang at nobody's is a call all the same.
joined as (
    select
        calls.*,
        coalesce(rung.rung_no, 1) as leg_no,
        rung.entry_id is null as is_whole,
        rung.call_start_time as rung_at,
        rung.answered,
        coalesce(rung.call_end_time, calls.began + calls.duration) as ended,
        coalesce(rung.talk_duration, calls.talk_duration, 0) as talk_seconds,
        coalesce(rung.call_end_reason, endings.call_end_reason) as reason,
        rung.recording_id,
        users.email as user_email,
        users.extension
    from calls
    left join rung
        on calls.source = rung.source and calls.entry_id = rung.entry_id
    left join endings
        on calls.source = endings.source and calls.entry_id = endings.entry_id
    left join users
        on
            calls.source = users.source
            and coalesce(rung.user_id, calls.caller_id) = users.user_id
),

renamed as (
    select
        source,
        -- ids
        entry_id || '-' || cast(leg_no as {{ dbt.type_string() }}) as call_id,
        entry_id as session_id,
        leg_no,
        cast(null as {{ dbt.type_string() }}) as user_id,
        user_email,
        extension as phone_ext,
        cast(null as {{ dbt.type_string() }}) as lead_id,
        cast(null as {{ dbt.type_string() }}) as deal_id,
        -- text
        direction,
        case
            when talk_seconds > 0 then 'answered'
            -- The caller hung up: the client, of an incoming call.
            when direction = 'in' and reason = '1110' then 'abandoned'
            -- The number is out of reach, out of service, wrong or forbidden.
            when reason in ('1130', '1131', '1132', '1133', '1134', '1140') then 'failed'
            else 'missed'
        end as result,
        client_phone,
        line_phone,
        -- A list without entries where nothing is recorded.
        nullif(recording_id, '[]') as recording_url,
        -- numbers
        case
            when direction = 'in' and leg_no = 1
                then coalesce(rung_at - began, duration)
            when direction = 'in' then 0
        end as queue_seconds,
        case
            when not is_whole then coalesce(answered, ended) - rung_at
            when direction = 'in' then 0
            else duration - talk_seconds
        end as ring_seconds,
        talk_seconds,
        -- times
        case
            when leg_no = 1 then {{ unix_seconds('began') }}
            else {{ unix_seconds('rung_at') }}
        end as started_at,
        {{ unix_seconds('answered') }} as answered_at,
        {{ unix_seconds('ended') }} as ended_at,
        cast(null as timestamp) as updated_at
    from joined
)

select * from renamed
