with

standings as (
    select * from {{ ref('int_forecast__standings') }}
    where stage_id <> 'created'
),

months as (select distinct learned_on from {{ ref('int_forecast__days') }}),

-- The longest time that a deal stood in one open stage of a pipeline before its close.
deals as (
    select
        months.learned_on,
        standings.pipeline_id,
        standings.deal_id,
        standings.outcome,
        max({{ dbt.datediff('standings.entered_on', 'standings.left_on', 'day') }}) as stood_days
    from standings
    inner join months
        on standings.closed_on < months.learned_on and standings.left_on < months.learned_on
    group by all
),

longest as (
    select
        learned_on,
        pipeline_id,
        max(stood_days) as longest_days
    from deals
    where outcome = 'won'
    group by learned_on, pipeline_id
    having count(*) >= {{ var('low_n') }}
),

final as (
    select
        longest.learned_on,
        longest.pipeline_id,
        cast(longest.longest_days as bigint) as longest_days,
        count(deals.deal_id) as longer_lost_count
    from longest
    left join deals
        on
            longest.learned_on = deals.learned_on
            and longest.pipeline_id = deals.pipeline_id
            and longest.longest_days < deals.stood_days
    group by longest.learned_on, longest.pipeline_id, longest.longest_days
)

select * from final
