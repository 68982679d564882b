with

legs as (
    select * from {{ ref('stg_twilio__legs') }}
),

-- The first leg of a session.
roots as (
    select * from legs
    where is_root
),

-- What became of those that it raised.
raised as (
    select
        source,
        session_sid,
        max(talk_seconds) > 0 as is_answered,
        min_by(called, leg_no) filter (where called_name is null) as outsider
    from legs
    where not is_root
    group by source, session_sid
),

directed as (
    select
        roots.*,
        coalesce(raised.is_answered, false) as is_answered,
        -- A trunk to the company's own exchange: Twilio sees one leg, which is the talk.
        roots.direction in ('trunking-originating', 'trunking-terminating') as is_trunk,
        coalesce(raised.outsider, roots.called) as client,
        coalesce(roots.caller_name, roots.called_name) as dialler,
        case
            when roots.direction = 'inbound' and roots.caller_name is null then 'in'
            when roots.direction = 'trunking-originating' then 'in'
            when roots.direction = 'trunking-terminating' then 'out'
            -- Nobody from outside is part of it.
            when
                raised.outsider is null
                and (
                    roots.called_name is not null
                    or (
                        raised.session_sid is not null
                        and roots.caller_name is not null
                    )
                )
                then 'internal'
            else 'out'
        end as way
    from roots
    left join raised
        on
            roots.source = raised.source
            and roots.session_sid = raised.session_sid
),

renamed as (
    select
        source,
        -- ids
        session_sid,
        -- text
        way as direction,
        status,
        case when way != 'in' and not is_trunk then dialler end as dialler,
        case way when 'in' then caller when 'out' then client end as client_phone,
        -- A trunk calls the exchange at sip:+15550001@...
        case when way = 'in' then coalesce(called_name, called) end as line_phone,
        media_url,
        is_answered,
        -- numbers
        -- A machine answered it, or the one who dialled did.
        case
            when is_trunk then talk_seconds
            when way = 'in' or (way = 'out' and dialler is not null) then 0
            else talk_seconds
        end as talk_seconds,
        -- times
        began_at,
        ended_at,
        updated_at
    from directed
)

select * from renamed
