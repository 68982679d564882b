with

messages as (
    select
        *,
        {{ business_date('sent_at') }} as date
    from {{ ref('fct_message') }}
    where not is_automatic and not is_test
),

questions as (select * from {{ ref('int_correspondence__questions') }}),

written as (
    select
        date,
        manager_id,
        channel,
        count(*) filter (where direction = 'in') as in_count,
        count(*) filter (where direction = 'out') as out_count
    from messages
    group by date, manager_id, channel
),

asked as (
    select
        date,
        manager_id,
        channel,
        count(*) as questions_count,
        count(answered_at) as answered_count,
        count(*) filter (where is_waiting) as unanswered_now,
        count(distinct thread_key) as threads,
        count(distinct case when answered_at is null then thread_key end) as unanswered_threads,
        {%- for percent in [50, 95] %}
        {{ percentile('response_minutes', percent / 100) }} as response_p{{ percent }}_minutes,
        {{ percentile('response_calendar_minutes', percent / 100) }}
            as response_p{{ percent }}_calendar_minutes,
        {%- endfor %}
        cast(sum(cast(round(response_minutes * 60) as bigint)) as bigint) as response_seconds
    from questions
    group by date, manager_id, channel
),

final as (
    select
        date,
        manager_id,
        channel,
        coalesce(written.in_count, 0) as in_count,
        coalesce(written.out_count, 0) as out_count,
        coalesce(asked.threads, 0) as threads,
        coalesce(asked.threads - asked.unanswered_threads, 0) as answered_threads,
        coalesce(asked.questions_count, 0) as questions_count,
        coalesce(asked.answered_count, 0) as answered_count,
        coalesce(asked.questions_count - asked.answered_count - asked.unanswered_now, 0)
            as unanswered_count,
        coalesce(asked.unanswered_now, 0) as unanswered_now,
        {{ safe_divide('asked.answered_count', 'asked.questions_count') }} as answered_rate,
        coalesce(asked.response_seconds, 0) as response_seconds,
        {{ safe_divide('asked.response_seconds', 'asked.answered_count') }} / 60
            as response_mean_minutes,
        asked.response_p50_minutes,
        asked.response_p95_minutes,
        asked.response_p50_calendar_minutes,
        asked.response_p95_calendar_minutes,
        {{ as_of_date() }} as as_of_date
    from written
    full join asked using (date, manager_id, channel)
),

{{ named('final', ['manager']) }}

select * from named
