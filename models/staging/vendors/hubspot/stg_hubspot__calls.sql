with

calls as (
    select * from {{ landed('hubspot', 'calls') }}
),

present as (
    select * from {{ ref('stg_hubspot__present') }}
    where kind = 'calls' and not is_archived
),

linked as (
    select * from {{ ref('stg_hubspot__activity_links') }}
    where kind = 'calls'
),

told as (
    select
        calls.*,
        calls.direction = 'INBOUND' as is_in,
        -- What a person logs by hand is COMPLETED; the outcome that is chosen
        -- beside it says more. These ids are the same in every account.
        case
            when calls.status is not null and calls.status != 'COMPLETED'
                then calls.status
            when calls.outcome = '73a0d17f-1163-4015-bdd5-ec830791da20'
                then 'NO_ANSWER'
            when calls.outcome = '9d9162e7-6cf3-4944-bf63-4dff82258764'
                then 'BUSY'
            when calls.outcome = 'b2cf5968-551e-4856-9783-52b3da59a7d0'
                then 'LEFT_VOICEMAIL'
            when calls.outcome = '17b47fee-58de-441e-a44c-c6300d46f273'
                then 'WRONG_NUMBER'
            when calls.status = 'COMPLETED' or calls.milliseconds > 0
                then 'COMPLETED'
        end as ending
    from calls
),

renamed as (
    select
        told.source,
        -- ids
        told.id as call_id,
        told.external_id as session_id,
        cast(null as {{ dbt.type_bigint() }}) as leg_no,
        told.owner_id as user_id,
        cast(null as {{ dbt.type_string() }}) as user_email,
        cast(null as {{ dbt.type_string() }}) as phone_ext,
        linked.lead_id,
        linked.deal_id,
        -- text
        -- A call logged by hand without a direction is outgoing.
        case when told.is_in then 'in' else 'out' end as direction,
        case
            when told.ending = 'COMPLETED' then 'answered'
            when told.ending in ('NO_ANSWER', 'BUSY', 'MISSED', 'LEFT_VOICEMAIL')
                then 'missed'
            when told.ending = 'CANCELED' and told.is_in then 'abandoned'
            when told.ending = 'CANCELED' then 'missed'
            when told.ending in ('FAILED', 'WRONG_NUMBER') then 'failed'
        end as result,
        case when told.is_in then told.from_number else told.to_number end
            as client_phone,
        case when told.is_in then told.to_number else told.from_number end
            as line_phone,
        told.recording_url,
        -- numbers
        cast(null as {{ dbt.type_bigint() }}) as queue_seconds,
        cast(null as {{ dbt.type_bigint() }}) as ring_seconds,
        -- Of any other call the duration is ringing, or a voicemail.
        case
            when told.ending = 'COMPLETED'
                then
                    cast(
                        floor(coalesce(told.milliseconds, 0) / 1000)
                        as {{ dbt.type_bigint() }}
                    )
            else 0
        end as talk_seconds,
        -- times
        told.created_at as started_at,
        cast(null as timestamp) as answered_at,
        cast(null as timestamp) as ended_at,
        told.updated_at
    from told
    inner join present
        on
            told.source = present.source
            and told.id = present.id
    left join linked
        on
            told.source = linked.source
            and told.id = linked.id
)

select * from renamed
