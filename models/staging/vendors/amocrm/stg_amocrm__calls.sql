with

lead_calls as (
    select * from {{ landed('amocrm', 'lead_calls') }}
),

contact_calls as (
    select * from {{ landed('amocrm', 'contact_calls') }}
),

company_calls as (
    select * from {{ landed('amocrm', 'company_calls') }}
),

cards as (
    select * from {{ ref('stg_amocrm__cards') }}
),

noted as (
    select
        lead_calls.*,
        cards.was_lead,
        cards.is_lead
    from lead_calls
    left join cards
        on
            lead_calls.source = cards.source
            and lead_calls.entity_id = cards.id
    union all
    select
        contact_calls.*,
        cast(null as boolean) as was_lead,
        true as is_lead
    from contact_calls
    union all
    select
        company_calls.*,
        cast(null as boolean) as was_lead,
        true as is_lead
    from company_calls
),

-- 1 left a message, 2 call back, 3 not available, 4 talked, 5 wrong number, 6 no
-- answer, 7 busy. The duration holds the message and the ringing too: it tells
-- of a talk only where nothing else is said.
judged as (
    select
        *,
        call_status = '4'
        or (
            coalesce(call_status, '') not in ('1', '2', '3', '5', '6', '7')
            and coalesce(duration, 0) > 0
        ) as is_answered
    from noted
),

renamed as (
    select
        source,
        -- ids
        id as call_id,
        cast(null as {{ dbt.type_string() }}) as session_id,
        cast(null as {{ dbt.type_bigint() }}) as leg_no,
        -- Id of the user who answered; some telephony systems write the name there.
        coalesce(
            cast(
                {{ dbt.safe_cast('call_responsible', dbt.type_bigint()) }}
                as {{ dbt.type_string() }}
            ),
            nullif(created_by, '0')
        ) as user_id,
        cast(null as {{ dbt.type_string() }}) as user_email,
        cast(null as {{ dbt.type_string() }}) as phone_ext,
        case when was_lead then entity_id end as lead_id,
        case when not coalesce(is_lead, false) then entity_id end as deal_id,
        -- text
        case when note_type = 'call_in' then 'in' else 'out' end as direction,
        case
            when is_answered then 'answered'
            when call_status = '5' then 'failed'
            else 'missed'
        end as result,
        phone as client_phone,
        cast(null as {{ dbt.type_string() }}) as line_phone,
        link as recording_url,
        -- numbers
        cast(null as {{ dbt.type_bigint() }}) as queue_seconds,
        cast(null as {{ dbt.type_bigint() }}) as ring_seconds,
        case when is_answered then coalesce(duration, 0) else 0 end
            as talk_seconds,
        -- times
        created_at as started_at,
        cast(null as timestamp) as answered_at,
        cast(null as timestamp) as ended_at,
        updated_at
    from judged
)

select * from renamed
