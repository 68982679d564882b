{{ config(
    materialized='incremental',
    incremental_strategy='changed_rows',
    incremental_predicates=['started_at is not null'],
    unique_key=['source', 'session_id']
) }}

with

delivered as (
    select * from {{ ref('int_calls__legs') }}
),

{% if is_incremental() %}
digests as (
    select
        source,
        session_id,
        sum(digest) as digest
    from delivered
    group by source, session_id
    having count(*) filter (where direction != 'internal') > 0
),

-- Sessions that are new, gone, or of other legs than when they were joined.
changed as (
    select
        source,
        session_id
    from {{ this }} as kept
    full join digests using (source, session_id)
    where digests.digest is distinct from kept.digest
),

{% endif %}
legs as (
    select
        *,
        row_number() over (
            partition by source, session_id
            order by leg_no nulls last, started_at, call_id
        ) as leg_order
    from delivered
    {% if is_incremental() %}
    semi join changed using (source, session_id)
    {% endif %}
),

-- The client waits until the first answer; later legs are transfers.
placed as (
    select
        *,
        coalesce(
            leg_order <= min(case when is_answered then leg_order end) over (
                partition by source, session_id
            ), true
        ) as is_waiting
    from legs
),

grouped as (
    select
        source,
        session_id,
        min_by(call_id, leg_order) as first_call_id,
        min(started_at) as started_at,
        min_by(direction, leg_order) filter (where direction != 'internal')
            as direction,
        min_by(client_phone, leg_order) filter (
            where direction != 'internal' and client_phone is not null
        ) as client_phone,
        count(*) as legs,
        cast(sum(queue_seconds) filter (where is_waiting) as bigint) as queue_seconds,
        cast(sum(ring_seconds) filter (where is_waiting) as bigint) as ring_seconds,
        cast(coalesce(sum(talk_seconds) filter (where is_answered), 0) as bigint)
            as talk_seconds,
        coalesce(
            max_by(manager_id, leg_order) filter (where is_answered and manager_id is not null),
            max_by(manager_id, leg_order) filter (where manager_id is not null),
            'unassigned'
        ) as manager_id,
        coalesce(
            max_by(manager_id, leg_order) filter (where manager_id is not null), 'unassigned'
        ) as manager_id_last,
        min_by(lead_id, leg_order) filter (where lead_id is not null) as lead_id,
        min_by(deal_id, leg_order) filter (where deal_id is not null) as deal_id,
        case
            when count(*) filter (where is_answered) > 0 then 'answered'
            when count(*) filter (where result = 'abandoned') > 0 then 'abandoned_short'
            when count(*) filter (where result = 'failed') = count(*) then 'failed'
        end as status_told,
        sum(digest) as digest
    from placed
    group by source, session_id
    -- Colleagues who talk among themselves are no contact with a client.
    having count(*) filter (where direction != 'internal') > 0
),

sessions as (
    select
        *,
        coalesce(status_told, case
            -- Where only one of the two is said, it is the wait.
            when
                direction = 'in'
                and coalesce(queue_seconds + ring_seconds, queue_seconds, ring_seconds)
                < {{ var('abandoned_short_seconds') }}
                then 'abandoned_short'
            else 'missed'
        end) as status
    from grouped
)

{% if is_incremental() %}
select * from changed
left join sessions using (source, session_id)
{% else %}
select * from sessions
{% endif %}
