with

noted as (
    select * from {{ ref('stg_bitrix24__noted_calls') }}
    -- A message by a robot is not a call.
    where type is null or type != '5'
),

renamed as (
    select
        source,
        -- ids
        cast(id as {{ dbt.type_string() }}) as call_id,
        session_id,
        row_number() over (
            partition by source, session_id order by started_at asc, id asc
        ) as leg_no,
        nullif(user_id, '0') as user_id,
        cast(null as {{ dbt.type_string() }}) as user_email,
        cast(null as {{ dbt.type_string() }}) as phone_ext,
        lead_id,
        deal_id,
        -- text
        case
            when category = 'internal' then 'internal'
            when type in ('2', '3') then 'in'
            else 'out'
        end as direction,
        case
            when failed_code = '200' then 'answered'
            when type in ('2', '3') and failed_code = '603-S' then 'abandoned'
            when type in ('2', '3') then 'missed'
            when failed_code in ('304', '480', '486', '603', '603-S')
                then 'missed'
            else 'failed'
        end as result,
        client_phone,
        line_phone,
        record_url as recording_url,
        -- numbers
        cast(null as {{ dbt.type_bigint() }}) as queue_seconds,
        cast(null as {{ dbt.type_bigint() }}) as ring_seconds,
        case when failed_code = '200' then coalesce(duration, 0) else 0 end
            as talk_seconds,
        -- times
        started_at,
        cast(null as timestamp) as answered_at,
        cast(null as timestamp) as ended_at,
        cast(null as timestamp) as updated_at
    from noted
)

select * from renamed
