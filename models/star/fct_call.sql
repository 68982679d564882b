{{ config(
    materialized='incremental',
    incremental_strategy='changed_rows',
    incremental_predicates=['started_at is not null'],
    on_schema_change='fail',
    unique_key=['source', 'call_id']
) }}

with

{% if is_incremental() %}
kept as (
    select * from {{ this }}
),

stored as (
    select
        source,
        call_id,
        {{ row_digest('kept') }} as stored_digest
    from kept
),

{% endif %}
sessions as (
    select * from {{ ref('int_calls__sessions') }}
),

channels as (
    select * from {{ ref('int_calls__channels') }}
),

customers as (
    select * from {{ ref('int_customers__identified') }}
),

reached as (
    select * from {{ ref('int_customers__reached') }}
    where kind = 'phone'
),

marked_records as (
    select * from {{ ref('int_records__marked') }}
),

marked_customers as (
    select * from {{ ref('int_customers__marked') }}
),

identified as (
    select
        sessions.session_id as call_id,
        sessions.source,
        sessions.started_at,
        {{ business_date('sessions.started_at') }} as started_on,
        sessions.direction,
        sessions.status,
        sessions.queue_seconds,
        sessions.ring_seconds,
        sessions.talk_seconds,
        sessions.manager_id,
        sessions.manager_id_last,
        sessions.legs,
        coalesce(deals.customer_id, leads.customer_id, reached.customer_id)
            as customer_id,
        deals.record_id as deal_id,
        leads.record_id as lead_id,
        channels.channel
    from sessions
    left join channels
        on
            sessions.source = channels.source
            and sessions.first_call_id = channels.call_id
    left join customers as leads
        on
            leads.record_type = 'lead'
            and sessions.lead_id = leads.record_id
    left join customers as deals
        on
            deals.record_type = 'deal'
            and sessions.deal_id = deals.record_id
    left join reached
        on sessions.client_phone = reached.raw_value
),

joined as (
    {{ with_test_mark('identified') | indent(4) }}
)

{% if is_incremental() %}
-- The rows that are new, removed or changed.
select
    source,
    call_id,
    started_at,
    started_on,
    direction,
    status,
    queue_seconds,
    ring_seconds,
    talk_seconds,
    manager_id,
    manager_id_last,
    legs,
    customer_id,
    deal_id,
    lead_id,
    channel,
    is_test
from (
    select
        *,
        {{ row_digest('joined') }} as digest
    from joined
) as digested
full join stored using (source, call_id)
where digested.digest is distinct from stored.stored_digest
{% else %}
select * from joined
{% endif %}
