with

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
        -- In a call without an answer the voice menu may have talk time.
        case when context_status = 0 then 0 else talk_duration end as talk_duration,
        context_start_time as began
    from {{ landed('mango', 'calls') }}
),

rings as (
    select * from {{ ref('stg_mango__rings') }}
),

users as (
    select * from {{ landed('mango', 'users') }}
),

-- The last leg tells how the call ended.
last_legs as (
    select * from {{ landed('mango', 'legs') }}
    qualify row_number() over (
        partition by source, entry_id order by leg_no desc
    ) = 1
),

-- A call that rang at no phone is also a call.
joined as (
    select
        calls.*,
        coalesce(rings.ring_no, 1) as leg_no,
        rings.entry_id is null as is_whole,
        rings.call_start_time as rung,
        rings.call_answer_time as answered,
        coalesce(rings.call_end_time, calls.began + calls.duration) as ended,
        coalesce(rings.talk_duration, calls.talk_duration, 0) as talk_seconds,
        coalesce(rings.call_end_reason, last_legs.call_end_reason) as reason,
        rings.recording_id,
        users.email,
        users.extension
    from calls
    left join rings
        on calls.source = rings.source and calls.entry_id = rings.entry_id
    left join last_legs
        on calls.source = last_legs.source and calls.entry_id = last_legs.entry_id
    left join users
        on
            calls.source = users.source
            and coalesce(rings.user_id, calls.caller_id) = users.user_id
),

renamed as (
    select
        source,
        -- ids
        entry_id || '-' || cast(leg_no as {{ dbt.type_string() }}) as call_id,
        entry_id as session_id,
        leg_no,
        cast(null as {{ dbt.type_string() }}) as user_id,
        email as user_email,
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
            -- Billing, a wrong number, out of reach, overload: nobody was called.
            when
                direction = 'out'
                and (
                    reason like '2___' or reason like '32__' or reason like '42__'
                    or reason like '5___'
                )
                then 'failed'
            else 'missed'
        end as result,
        client_phone,
        line_phone,
        recording_id as recording_url,
        -- numbers
        case
            when direction = 'in' and leg_no = 1
                then coalesce(rung - began, duration)
            when direction = 'in' then 0
        end as queue_seconds,
        case
            when not is_whole then coalesce(answered, ended) - rung
            when direction = 'in' then 0
            else duration - talk_seconds
        end as ring_seconds,
        talk_seconds,
        -- times
        {{ unix_seconds('case when leg_no = 1 then began else rung end') }}
            as started_at,
        {{ unix_seconds('answered') }} as answered_at,
        {{ unix_seconds('ended') }} as ended_at,
        cast(null as timestamp) as updated_at
    from joined
)

select * from renamed
