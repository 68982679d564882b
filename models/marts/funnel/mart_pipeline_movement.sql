{%- set flows = ['created', 'moved_in', 'moved_out', 'won', 'lost', 'reopened'] -%}

with

movements as (
    select * from {{ ref('int_funnel__movements_daily') }}
),

pipelines as (
    select * from {{ ref('dim_pipeline') }}
),

calendar as (
    select date from {{ ref('dim_date') }}
    where date <= {{ as_of_date() }}
),

first_days as (
    select
        pipeline_id,
        manager_id,
        min(date) as first_date
    from movements
    group by pipeline_id, manager_id
),

-- A pipeline has a balance also on days without a change: all days since the manager's first one.
days as (
    select
        first_days.pipeline_id,
        first_days.manager_id,
        calendar.date
    from first_days
    inner join calendar
        on first_days.first_date <= calendar.date
),

daily as (
    select
        days.*,
        {%- for measure in flows %}
        coalesce(movements.{{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        coalesce(movements.open_change, 0) as open_change
    from days
    left join movements using (pipeline_id, manager_id, date)
),

summed as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        pipeline_id,
        manager_id,
        {%- for measure in flows %}
        sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        sum(open_change) as open_change
    from daily
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

stood as (
    select
        *,
        sum(open_change) over (
            partition by period_grain, pipeline_id, manager_id
            order by period_start
        ) as closing
    from summed
),

opened as (
    select
        *,
        coalesce(lag(closing) over (
            partition by period_grain, pipeline_id, manager_id
            order by period_start
        ), 0) as opening
    from stood
),

final as (
    select
        period_grain,
        period_start,
        opened.pipeline_id,
        manager_id,
        pipelines.history,
        cast(opening as {{ hundredths() }}) as opening,
        cast(created as {{ hundredths() }}) as created,
        cast(moved_in as {{ hundredths() }}) as moved_in,
        cast(0 as {{ hundredths() }}) as increased,
        cast(0 as {{ hundredths() }}) as decreased,
        cast(moved_out as {{ hundredths() }}) as moved_out,
        cast(won as {{ hundredths() }}) as won,
        cast(lost as {{ hundredths() }}) as lost,
        cast(reopened as {{ hundredths() }}) as reopened,
        cast(closing as {{ hundredths() }}) as closing,
        cast(
            opening + created + moved_in - moved_out - won - lost + reopened - closing
            as {{ hundredths() }}
        ) as balance_check,
        {{ as_of_date() }} as as_of_date
    from opened
    left join pipelines
        on opened.pipeline_id = pipelines.pipeline_id
),

{{ named('final', ['pipeline', 'manager']) }}

select * from named
