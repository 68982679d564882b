with

messages as (
    select
        message_id,
        sent_at,
        direction,
        channel,
        manager_id,
        -- Without a thread, the client and the channel make one.
        coalesce(
            thread_id,
            customer_id || ' ' || channel,
            source || ' ' || message_id
        ) as thread_key
    from {{ ref('fct_message') }}
    where not is_automatic and not is_test
),

hours as (select * from {{ ref('int_dates__working_hours') }}),

-- Replies so far: what the client writes between two of them is one question, and the next reply
-- answers it.
counted as (
    select
        *,
        sum(case when direction = 'out' then 1 else 0 end) over (
            partition by thread_key
            order by
                sent_at,
                case when direction = 'out' then 1 else 0 end,
                message_id
            rows between unbounded preceding and current row
        ) - case when direction = 'out' then 1 else 0 end as replies_before
    from messages
),

questions as (
    select
        thread_key,
        min(channel) as channel,
        min_by(manager_id, sent_at) filter (where direction = 'in') as asked_manager_id,
        max(manager_id) filter (where direction = 'out') as answered_manager_id,
        min(sent_at) filter (where direction = 'in') as asked_at,
        min(sent_at) filter (where direction = 'out') as answered_at
    from counted
    group by thread_key, replies_before
    having count(*) filter (where direction = 'in') > 0
),

final as (
    select
        questions.thread_key,
        questions.channel,
        coalesce(
            nullif(questions.asked_manager_id, 'unassigned'),
            questions.answered_manager_id,
            'unassigned'
        ) as manager_id,
        {{ business_date('questions.asked_at') }} as date,
        questions.asked_at,
        questions.answered_at,
        (
            {{ working_seconds_until('questions.answered_at', 'hours_answered') }}
            - ({{ working_seconds_until('questions.asked_at', 'hours_asked') }})
        ) / 60 as response_minutes,
        {{ minutes_between('questions.asked_at', 'questions.answered_at') }}
            as response_calendar_minutes
    from questions
    left join hours as hours_asked
        on {{ business_date('questions.asked_at') }} = hours_asked.date
    left join hours as hours_answered
        on {{ business_date('questions.answered_at') }} = hours_answered.date
)

select * from final
