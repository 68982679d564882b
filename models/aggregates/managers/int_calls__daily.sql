with

calls as (
    select
        *,
        {{ business_date('started_at') }} as date,
        case
            when queue_seconds is not null or ring_seconds is not null
                then coalesce(queue_seconds, 0) + coalesce(ring_seconds, 0)
        end as wait_seconds
    from {{ ref('fct_call') }}
    where not is_test
),

episodes as (
    select
        manager_id,
        date,
        'in' as direction,
        count(*) as episodes,
        count(*) filter (where resolution = 'called_back')
            as episodes_called_back,
        count(*) filter (where resolution = 'self_recovered')
            as episodes_self_recovered,
        count(*) filter (where resolution = 'unresolved')
            as episodes_unresolved
    from {{ ref('int_calls__episodes') }}
    group by manager_id, date
),

-- Where no answered call has a known wait, a missed call is not measured against the others.
waits as (
    select count(*) = 0 or count(wait_seconds) > 0 as are_measured
    from calls
    where direction = 'in' and status = 'answered'
),

daily as (
    select
        date,
        manager_id,
        direction,
        count(*) as sessions,
        count(*) filter (where status = 'answered') as answered,
        count(*) filter (where status = 'missed') as missed,
        count(*) filter (where status = 'abandoned_short') as abandoned_short,
        cast(coalesce(sum(wait_seconds) filter (where status = 'answered'), 0) as bigint)
            as answer_seconds,
        count(wait_seconds) filter (where status = 'answered')
            as answered_timed,
        count(*) filter (
            where direction = 'in' and status = 'answered'
            and wait_seconds <= {{ var('sla_seconds') }}
        ) as answered_in_time,
        count(*) filter (
            where direction = 'in'
            and (
                (status = 'missed' and are_measured)
                or (status = 'answered' and wait_seconds is not null)
            )
        ) as sla_sessions,
        cast(coalesce(sum(talk_seconds) filter (where status = 'answered'), 0) as bigint)
            as talk_seconds,
        count(*) filter (
            where status = 'answered'
            and talk_seconds >= {{ var('meaningful_call_seconds') }}
        ) as meaningful_calls
    from calls
    cross join waits
    group by date, manager_id, direction
),

final as (
    select
        daily.*,
        coalesce(episodes.episodes, 0) as episodes,
        coalesce(episodes.episodes_called_back, 0) as episodes_called_back,
        coalesce(episodes.episodes_self_recovered, 0)
            as episodes_self_recovered,
        coalesce(episodes.episodes_unresolved, 0) as episodes_unresolved
    from daily
    left join episodes
        on
            daily.date = episodes.date
            and daily.manager_id = episodes.manager_id
            and daily.direction = episodes.direction
)

select * from final
