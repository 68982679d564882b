with

calls as (
    select * from {{ landed('mango', 'calls') }}
),

legs as (
    select * from {{ landed('mango', 'legs') }}
),

-- The legs of the queue, of the caller and of a supervisor who listens in or
-- prompts are left out.
rung as (
    select
        legs.*,
        case
            when legs.call_type = 'user' then legs.call_abonent_id
            when calls.context_type = 2 then calls.caller_id
            -- A manager who is reached at an external number.
            when calls.context_type = 1 then legs.call_abonent_id
        end as user_id
    from legs
    inner join calls using (source, entry_id)
    where
        not coalesce(legs.listens, false)
        and not coalesce(legs.prompts, false)
        and (
            legs.call_type = 'number'
            or (
                legs.call_type = 'user'
                and (
                    legs.leg_no > 1
                    or calls.caller_id is null
                    or legs.call_abonent_id != calls.caller_id
                )
            )
        )
),

renamed as (
    select
        source,
        -- ids
        entry_id,
        row_number() over (
            partition by source, entry_id
            order by call_start_time asc, leg_no asc
        ) as ring_no,
        user_id,
        -- text
        call_end_reason,
        -- A list without entries where nothing is recorded.
        nullif(recording_id, '[]') as recording_id,
        -- numbers
        talk_duration,
        call_start_time,
        -- What is not yet or never is 0 as well as null.
        nullif(call_answer_time, 0) as call_answer_time,
        call_end_time
    from rung
)

select * from renamed
