with

calls as (
    select * from {{ ref('fct_call') }}
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
)

select * from daily
