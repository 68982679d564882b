with

calls as (
    select * from {{ landed('bitrix24', 'calls') }}
),

activities as (
    select * from {{ landed('bitrix24', 'activities') }}
),

noted as (
    select
        calls.source,
        calls.id,
        calls.type,
        calls.category,
        calls.user_id,
        calls.line_phone,
        calls.client_phone,
        calls.duration,
        calls.failed_code,
        calls.record_url,
        calls.started_at,
        coalesce(calls.external_call_id, calls.call_id) as session_id,
        -- 1 is a lead, 2 a deal. The statistics have leads and no deals.
        case
            when activities.owner_type_id = '1' then activities.owner_id
            when calls.crm_type = 'LEAD' then calls.crm_id
        end as lead_id,
        case when activities.owner_type_id = '2' then activities.owner_id end
            as deal_id
    from calls
    left join activities
        on
            calls.source = activities.source
            and calls.activity_id = activities.id
)

select * from noted
