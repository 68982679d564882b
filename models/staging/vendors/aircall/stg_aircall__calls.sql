with

calls as (
    select * from {{ landed('aircall', 'calls') }}
    -- One that goes on is read again when it has ended.
    where ended_at is not null
),

users as (
    select * from {{ landed('aircall', 'users') }}
),

joined as (
    select
        calls.*,
        -- A call names its user; the list of users has the other attributes.
        coalesce(calls.user_email, users.email) as known_email,
        coalesce(calls.user_extension, users.extension) as known_extension
    from calls
    left join users
        on
            calls.source = users.source
            and calls.user_id = users.id
),

renamed as (
    select
        source,
        -- ids
        id as call_id,
        id as session_id,
        1 as leg_no,
        cast(null as {{ dbt.type_string() }}) as user_id,
        known_email as user_email,
        known_extension as phone_ext,
        cast(null as {{ dbt.type_string() }}) as lead_id,
        cast(null as {{ dbt.type_string() }}) as deal_id,
        -- text
        case direction when 'inbound' then 'in' else 'out' end as direction,
        case
            when answered_at is not null then 'answered'
            when
                missed_call_reason in (
                    'short_abandoned', 'abandoned_in_ivr', 'abandoned_in_classic'
                )
                then 'abandoned'
            else 'missed'
        end as result,
        nullif(raw_digits, 'anonymous') as client_phone,
        case when direction = 'inbound' then number_digits end as line_phone,
        asset as recording_url,
        -- numbers
        cast(null as bigint) as queue_seconds,
        cast(
            {{ seconds_between('started_at', 'coalesce(answered_at, ended_at)') }}
            as bigint
        ) as ring_seconds,
        coalesce(
            cast({{ seconds_between('answered_at', 'ended_at') }} as bigint), 0
        ) as talk_seconds,
        -- times
        started_at,
        answered_at,
        ended_at,
        cast(null as timestamp) as updated_at
    from joined
)

select * from renamed
