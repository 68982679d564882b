with

calls as (
    select * from {{ ref('stg_entities__calls') }}
    where started_at < {{ as_of_end() }}
),

survivors as (
    select * from {{ ref('int_merges__resolved') }}
    where entity = 'users'
),

-- An extension passes from one manager to the next as they come.
extensions as (
    select
        phone_ext,
        {{ business_day_start(
            "coalesce(hired_on, cast('1900-01-01' as date))"
        ) }} as held_from,
        min(user_id) as user_id
    from {{ ref('stg_entities__users') }}
    where phone_ext is not null
    group by all
),

holders as (
    select
        *,
        coalesce(
            lead(held_from) over (partition by phone_ext order by held_from),
            {{ as_of_end() }}
        ) as held_until
    from extensions
),

legs as (
    select
        calls.source,
        calls.session_id,
        calls.call_id,
        row_number() over (
            partition by calls.source, calls.session_id
            order by calls.leg_no nulls last, calls.started_at, calls.call_id
        ) as leg_order,
        calls.started_at,
        calls.direction,
        calls.client_phone,
        calls.result,
        coalesce(calls.user_id, holders.user_id) as user_id,
        calls.queue_seconds,
        calls.ring_seconds,
        coalesce(
            calls.talk_seconds,
            cast(
                {{ seconds_between('calls.answered_at', 'calls.ended_at') }}
                as bigint
            )
        ) as talk_seconds,
        coalesce(
            calls.result = 'answered',
            calls.answered_at is not null or coalesce(calls.talk_seconds, 0) > 0
        ) as is_answered,
        calls.lead_id,
        calls.deal_id
    from calls
    left join holders
        on
            calls.phone_ext = holders.phone_ext
            and calls.started_at >= holders.held_from
            and calls.started_at < holders.held_until
),

managed as (
    select
        legs.*,
        coalesce(survivors.survivor_id, legs.user_id) as manager_id,
        -- The client waits until the first answer; later legs are transfers.
        coalesce(
            sum(case when legs.is_answered then 1 else 0 end) over (
                partition by legs.source, legs.session_id
                order by legs.leg_order
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) = 0 as is_waiting
    from legs
    left join survivors
        on legs.user_id = survivors.loser_id
)

select * from managed
