with

visits as (
    select * from {{ ref('fct_deal_stage_visit') }}
),

deals as (
    select * from {{ ref('fct_deal') }}
    where not is_test
),

stages as (
    select * from {{ ref('int_funnel__stages') }}
),

calendar as (
    select date from {{ ref('dim_date') }}
    where date <= {{ as_of_date() }}
),

moves as (
    {%- for moment, entries, exits in [('entered_at', 1, 0), ('exited_at', 0, 1)] %}
    select
        visits.pipeline_id,
        visits.stage_id,
        {{ business_date('visits.' ~ moment) }} as date,
        {{ entries }} as entries,
        {{ exits }} as exits,
        {{ entries - exits }} * cast(deals.amount_base as {{ hundredths() }}) as amount
    from visits
    inner join deals using (deal_id)
    where visits.{{ moment }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

first_days as (
    select
        pipeline_id,
        min(date) as first_date
    from moves
    group by pipeline_id
),

-- Deals are in a stage also on days without a move: all days since the pipeline's first visit.
days as (
    select
        stages.pipeline_id,
        stages.stage_id,
        calendar.date,
        0 as entries,
        0 as exits,
        0 as amount
    from stages
    inner join first_days using (pipeline_id)
    inner join calendar
        on first_days.first_date <= calendar.date
    union all
    select * from moves
),

summed as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        pipeline_id,
        stage_id,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        cast(sum(entries) as bigint) as entries_count,
        cast(sum(exits) as bigint) as exits_count,
        coalesce(sum(amount), 0) as amount_change
    from days
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

stood as (
    select
        summed.*,
        stages.pipeline_name,
        stages.history,
        stages.stage_name,
        stages.stage_order,
        -- A lost stage is an outcome: it is not the next step of a stage and has no next step.
        lead(case when not stages.is_lost then summed.entries_count end) over (
            partition by pipeline_id, period_grain, period_start, stages.is_lost
            order by stages.step_no
        ) as next_entries_count,
        case when stages.semantics = 'open' then 1 else 0 end as is_open,
        sum(summed.entries_count - summed.exits_count) over until_now as standing_count,
        sum(summed.amount_change) over until_now as standing_amount
    from summed
    inner join stages using (pipeline_id, stage_id)
    window until_now as (
        partition by pipeline_id, stage_id, period_grain order by period_start
    )
),

final as (
    select
        pipeline_id,
        stage_id,
        period_grain,
        period_start,
        pipeline_name,
        history,
        stage_name,
        stage_order,
        entries_count,
        exits_count,
        {{ safe_divide('next_entries_count', 'entries_count') }} as period_conversion,
        cast(is_open * standing_count as bigint) as open_at_end_count,
        cast(is_open * standing_amount as {{ hundredths() }}) as open_at_end_amount,
        {{ as_of_date() }} as as_of_date
    from stood
)

select * from final
