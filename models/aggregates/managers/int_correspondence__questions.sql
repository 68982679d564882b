{%- set answer_seconds = (var('answer_days') | int) * 86400 -%}
{%- set by_time = 'order by sent_at, direction, message_id' -%}
{%- set thread = 'partition by thread_key, channel ' ~ by_time -%}
{%- set talk = 'partition by thread_key, channel, about_id ' ~ by_time -%}
with

messages as (
    select * from {{ ref('fct_message') }}
    where not is_automatic and not is_test
),

hours as (select * from {{ ref('int_dates__working_hours') }}),

named as (
    select
        messages.*,
        -- Without a thread, the client and the channel make one.
        coalesce(
            messages.thread_id,
            messages.customer_id || ' ' || messages.channel,
            messages.source || ' ' || messages.message_id
        ) as thread_key,
        coalesce(messages.deal_id, leads.deal_id, 'lead ' || messages.lead_id) as names_id
    from messages
    left join {{ ref('fct_lead') }} as leads on messages.lead_id = leads.lead_id
),

-- A message that names no deal is about that of the message before it, else of the one after it.
linked as (
    select
        *,
        coalesce(
            names_id,
            {{ ignoring_nulls('lag', 'names_id') }} over ({{ thread }}),
            {{ ignoring_nulls('lead', 'names_id') }} over ({{ thread }}),
            '(none)'
        ) as about_id
    from named
),

-- What a client writes in a row is one question, unless a silence lies between that is too long.
turned as (
    select
        *,
        direction = 'in' and not coalesce(
            lag(direction) over ({{ talk }}) = 'in'
            and {{ seconds_between('lag(sent_at) over (' ~ talk ~ ')', 'sent_at') }}
            <= {{ answer_seconds }},
            false
        ) as is_question,
        direction = 'out' and coalesce(lag(direction) over ({{ talk }}) = 'in', false) as is_reply
    from linked
),

numbered as (
    select
        *,
        sum(case when is_question then 1 else 0 end) over (
            {{ talk }} rows between unbounded preceding and current row
        ) as question_no
    from turned
),

asked as (
    select
        thread_key,
        channel,
        about_id,
        coalesce(
            nullif(max(manager_id) filter (where is_question), 'unassigned'),
            max(manager_id) filter (where is_reply),
            'unassigned'
        ) as manager_id,
        max(sent_at) filter (where is_question) as asked_at,
        max(sent_at) filter (where is_reply) as replied_at
    from numbered
    where question_no > 0
    group by thread_key, channel, about_id, question_no
),

questions as (
    select
        *,
        {{ business_date('asked_at') }} as date,
        case
            when {{ seconds_between('asked_at', 'replied_at') }} <= {{ answer_seconds }}
                then replied_at
        end as answered_at
    from asked
),

final as (
    select
        questions.thread_key,
        questions.channel,
        questions.about_id,
        questions.manager_id,
        questions.date,
        questions.asked_at,
        questions.answered_at,
        questions.answered_at is null
        and {{ seconds_between('questions.asked_at', as_of_end()) }} <= {{ answer_seconds }}
            as is_waiting,
        (
            {{ working_seconds_until('questions.answered_at', 'hours_answered') }}
            - ({{ working_seconds_until('questions.asked_at', 'hours_asked') }})
        ) / 60 as response_minutes,
        {{ minutes_between('questions.asked_at', 'questions.answered_at') }}
            as response_calendar_minutes
    from questions
    left join hours as hours_asked on questions.date = hours_asked.date
    left join hours as hours_answered
        on {{ business_date('questions.answered_at') }} = hours_answered.date
)

select * from final
