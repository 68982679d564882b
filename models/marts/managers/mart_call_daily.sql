with

daily as (select * from {{ ref('int_calls__daily') }}),

final as (
    select
        date,
        manager_id,
        direction,
        sessions,
        answered,
        missed,
        abandoned_short,
        answer_seconds,
        answered_timed,
        {{ safe_divide('answer_seconds', 'answered_timed') }}
            as answer_seconds_mean,
        answered_in_time,
        sla_sessions,
        {{ safe_divide('answered_in_time', 'sla_sessions') }} as sla_share,
        talk_seconds,
        meaningful_calls,
        episodes,
        episodes_called_back,
        episodes_self_recovered,
        episodes_unresolved,
        case
            when
                date < {{ dbt.dateadd(
                    'day', -(var('call_lateness_days') | int), as_of_date()
                ) }}
                then 'final'
            else 'preliminary'
        end as day_status,
        {{ as_of_date() }} as as_of_date
    from daily
),

{{ named('final', ['manager']) }}

select * from named
