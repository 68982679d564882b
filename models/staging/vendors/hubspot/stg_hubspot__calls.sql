with

calls as (
    select * from {{ source('hubspot', 'calls') }}
),

present as (
    select * from {{ ref('stg_hubspot__present') }}
    where kind = 'calls' and not is_archived
),

linked as (
    select
        source,
        id,
        max(case when other_kind = 'leads' then other_id end) as lead_id,
        max(case when other_kind = 'deals' then other_id end) as deal_id
    from {{ ref('stg_hubspot__associated') }}
    where kind = 'calls'
    group by source, id
),

told as (
    select
        calls.*,
        calls.direction = 'INBOUND' as is_in,
        coalesce(calls.milliseconds, 0) as talk_milliseconds
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
        -- What a person logs by hand without a direction he has dialled.
        case when told.is_in then 'in' else 'out' end as direction,
        case
            when told.status = 'COMPLETED' then 'answered'
            when told.status in ('NO_ANSWER', 'BUSY', 'MISSED') then 'missed'
            when told.status = 'CANCELED' and told.is_in then 'abandoned'
            when told.status = 'CANCELED' then 'missed'
            when told.status = 'FAILED' then 'failed'
            when told.status is null and told.talk_milliseconds > 0
                then 'answered'
        end as result,
        case when told.is_in then told.from_number else told.to_number end
            as client_phone,
        case when told.is_in then told.to_number else told.from_number end
            as line_phone,
        told.recording_url,
        -- numbers
        cast(null as {{ dbt.type_bigint() }}) as queue_seconds,
        cast(null as {{ dbt.type_bigint() }}) as ring_seconds,
        cast(
            floor(told.talk_milliseconds / 1000) as {{ dbt.type_bigint() }}
        ) as talk_seconds,
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
