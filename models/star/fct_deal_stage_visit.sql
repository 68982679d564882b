with

moves as (
    select * from {{ ref('int_deal_stage_moves') }}
),

deals as (
    select * from {{ ref('int_deals__located') }}
),

history as (
    select * from {{ ref('int_deals__history') }}
),

visits as (
    select
        moves.*,
        history.first_at is not null as has_history,
        deals.owner_id_at_close as owner_id,
        -- A deal that was closed without a change of stage left its stage at that time.
        coalesce(
            moves.next_entered_at,
            case
                when moves.outcome = 'open' and deals.status != 'open'
                    then greatest(
                        moves.entered_at,
                        coalesce(deals.closed_at, moves.entered_at)
                    )
            end
        ) as exited_at,
        case
            when
                moves.previous_stage_id is null
                or moves.previous_pipeline_id != moves.pipeline_id
                then 'start'
            when moves.outcome != 'open' and moves.previous_outcome != moves.outcome
                then 'close'
            when
                moves.outcome = 'open' and moves.previous_outcome != 'open'
                then 'back'
            when moves.place < moves.previous_place then 'back'
            when moves.place > moves.previous_place + 1 then 'skip'
            else 'forward'
        end as direction
    from moves
    inner join deals
        on moves.deal_id = deals.deal_id
    inner join history
        on moves.deal_id = history.deal_id
),

measured as (
    select
        deal_id,
        visit_no,
        pipeline_id,
        stage_id,
        entered_at,
        {{ business_date('entered_at') }} as entered_on,
        exited_at,
        {{ business_date('exited_at') }} as exited_on,
        -- Without history the durations of a deal are not known.
        case
            when has_history
                then {{ hours_between(
                    'entered_at',
                    "coalesce(exited_at, case when outcome = 'open' then "
                    ~ as_of_end() ~ " end)"
                ) }}
        end as duration_hours,
        exited_at is null and outcome = 'open' as is_censored,
        is_first_entry,
        direction,
        case
            when direction in ('skip', 'close')
                then greatest(coalesce(place - previous_place, 1) - 1, 0)
            else 0
        end as skipped_count,
        owner_id,
        is_inferred,
        -- The current stage of a deal is known, whether or not it is the first one.
        is_assumed and next_entered_at is not null as is_assumed,
        has_history and coalesce(
            {{ seconds_between('entered_at', 'exited_at') }}
            < {{ var('passthrough_seconds') }},
            false
        ) as is_passthrough
    from visits
)

select * from measured
