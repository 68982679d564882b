with

calls as (
    select * from {{ landed('twilio', 'calls') }}
    -- One that goes on is read again when it has ended.
    where status in ('completed', 'busy', 'failed', 'no-answer', 'canceled')
),

recordings as (
    select * from {{ landed('twilio', 'recordings') }}
),

recorded as (
    select
        source,
        call_sid,
        min(media_url) as media_url
    from recordings
    group by source, call_sid
),

named as (
    select
        *,
        {{ twilio_name('caller') }} as caller_name,
        {{ twilio_name('called') }} as called_name
    from calls
),

renamed as (
    select
        named.source,
        -- ids
        named.sid,
        coalesce(
            parents.parent_call_sid, named.parent_call_sid, named.sid
        ) as session_sid,
        named.parent_call_sid is null as is_root,
        -- text
        named.direction,
        named.status,
        named.caller,
        named.called,
        named.caller_name,
        named.called_name,
        recorded.media_url,
        -- numbers
        -- Where it was asked to, Twilio tells an answering machine from a person.
        case
            when named.answered_by like 'machine%' or named.answered_by = 'fax' then 0
            when named.status = 'completed' then coalesce(named.duration, 0)
            else 0
        end as talk_seconds,
        -- times
        named.date_created as began_at,
        coalesce(named.end_time, named.date_created) as ended_at,
        named.date_updated as updated_at
    from named
    left join calls as parents
        on
            named.source = parents.source
            and named.parent_call_sid = parents.sid
    left join recorded
        on
            named.source = recorded.source
            and named.sid = recorded.call_sid
),

numbered as (
    select
        *,
        case
            when not is_root
                then row_number() over (
                    partition by source, session_sid, is_root
                    order by began_at asc, sid asc
                )
        end as leg_no
    from renamed
)

select * from numbered
