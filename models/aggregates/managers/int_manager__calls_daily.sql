with

calls as (
    select * from {{ ref('fct_call') }}
),

episodes as (
    select
        manager_id,
        date,
        count(*) as missed_episodes,
        count(*) filter (where resolution = 'called_back')
            as episodes_called_back
    from {{ ref('int_calls__episodes') }}
    group by manager_id, date
),

daily as (
    select
        manager_id,
        {{ business_date('started_at') }} as date,
        count(*) filter (where direction = 'out') as calls_out,
        count(*) filter (where direction = 'out' and status = 'answered')
            as calls_out_connected,
        count(*) filter (where direction = 'in') as calls_in,
        count(*) filter (where direction = 'in' and status = 'answered')
            as calls_in_answered,
        count(*) filter (where direction = 'in' and status = 'missed')
            as calls_in_missed,
        sum(talk_seconds) filter (where status = 'answered') as talk_seconds,
        count(*) filter (
            where status = 'answered'
            and talk_seconds >= {{ var('meaningful_call_seconds') }}
        ) as meaningful_calls
    from calls
    group by all
),

-- An episode begins with a missed call: its day has a row.
joined as (
    select
        daily.*,
        coalesce(episodes.missed_episodes, 0) as missed_episodes,
        coalesce(episodes.episodes_called_back, 0) as episodes_called_back
    from daily
    left join episodes
        on
            daily.manager_id = episodes.manager_id
            and daily.date = episodes.date
)

select * from joined
