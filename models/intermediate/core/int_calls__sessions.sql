with

legs as (
    select * from {{ ref('int_calls__legs') }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
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
        sum(queue_seconds) filter (where is_waiting) as queue_seconds,
        sum(ring_seconds) filter (where is_waiting) as ring_seconds,
        sum(talk_seconds) filter (where is_answered) as talk_seconds,
        max_by(manager_id, leg_order) filter (
            where is_answered and manager_id is not null
        ) as answered_by_id,
        max_by(manager_id, leg_order) filter (where manager_id is not null)
            as manager_id_last,
        min_by(lead_id, leg_order) filter (where lead_id is not null) as lead_id,
        min_by(deal_id, leg_order) filter (where deal_id is not null) as deal_id,
        count(*) filter (where is_answered) > 0 as is_answered,
        count(*) filter (where result = 'abandoned') > 0 as is_abandoned,
        count(*) filter (where result = 'failed') = count(*) as is_failed
    from legs
    group by source, session_id
    -- Colleagues who talk among themselves are no contact with a client.
    having count(*) filter (where direction != 'internal') > 0
),

waited as (
    select
        *,
        case
            when queue_seconds is not null or ring_seconds is not null
                then coalesce(queue_seconds, 0) + coalesce(ring_seconds, 0)
        end as wait_seconds
    from grouped
),

sessions as (
    select
        waited.session_id,
        waited.source,
        waited.first_call_id,
        waited.started_at,
        waited.direction,
        waited.client_phone,
        case
            when waited.is_answered then 'answered'
            when waited.is_abandoned then 'abandoned_short'
            when waited.is_failed then 'failed'
            when
                waited.direction = 'in'
                and waited.wait_seconds < {{ var('abandoned_short_seconds') }}
                then 'abandoned_short'
            else 'missed'
        end as status,
        waited.queue_seconds,
        waited.ring_seconds,
        coalesce(waited.talk_seconds, 0) as talk_seconds,
        coalesce(waited.answered_by_id, waited.manager_id_last, 'unassigned')
            as manager_id,
        coalesce(waited.manager_id_last, 'unassigned') as manager_id_last,
        waited.legs,
        coalesce(leads.survivor_id, waited.lead_id) as lead_id,
        coalesce(deals.survivor_id, waited.deal_id) as deal_id
    from waited
    left join survivors as leads
        on
            leads.entity = 'leads'
            and waited.lead_id = leads.loser_id
    left join survivors as deals
        on
            deals.entity = 'deals'
            and waited.deal_id = deals.loser_id
)

select * from sessions
