{%- set keys = ['pipeline_id', 'stage_id', 'stage_band', 'segment'] -%}
{%- set cell = 'learned_on, level, ' ~ keys | join(', ') -%}

with

standings as (select * from {{ ref('int_forecast__standings') }}),

months as (
    select
        learned_on,
        -- No day of the month asks for more than the rest of its quarter.
        max({{ dbt.datediff('date', 'period_end', 'day') }}) as longest,
        cast({{ dbt.dateadd(
            'month', -(var('forecast_history_months') | int), 'learned_on'
        ) }} as date)
            as history_from
    from {{ ref('int_forecast__days') }}
    group by learned_on
),

-- A deal is looked at when it is created and on the first day of each band it lives to.
landmarks as (
    select
        *,
        'created' as stage_band,
        entered_on as landmark_on
    from standings
    where stage_id = 'created'
    {%- for first in forecast_bands() %}

    union all

    select
        *,
        '{{ first }}' as stage_band,
        cast({{ dbt.dateadd('day', first, 'entered_on') }} as date) as landmark_on
    from standings
    where
        stage_id <> 'created'
        and coalesce({{ dbt.datediff('entered_on', 'left_on', 'day') }} > {{ first }}, true)
    {%- endfor %}
),

-- What had happened to a deal before the day of learning; nothing asks for what is after a year.
observed as (
    select
        months.learned_on,
        landmarks.pipeline_id,
        landmarks.stage_id,
        landmarks.stage_band,
        landmarks.segment,
        case when landmarks.closed_on < months.learned_on then landmarks.outcome end as outcome,
        least(366, {{ dbt.datediff(
            'landmarks.landmark_on',
            "case when landmarks.closed_on < months.learned_on then landmarks.closed_on else "
            ~ "cast(" ~ dbt.dateadd('day', -1, 'months.learned_on') ~ " as date) end",
            'day'
        ) }}) as days,
        cast(count(*) as double) as deals
    from landmarks
    inner join months
        on
            landmarks.landmark_on >= months.history_from
            and landmarks.landmark_on < months.learned_on
    where coalesce(landmarks.closed_on >= landmarks.landmark_on, true)
    group by all
),

counted as (
    {%- for level in ['cell', 'stage', 'band', 'pipeline', 'all'] %}
    select
        learned_on,
        '{{ level }}' as level,
        {{ "'*' as " if level == 'all' }}pipeline_id,
        {{ "'*' as " if level not in ['cell', 'stage'] }}stage_id,
        {{ "'*' as " if level in ['pipeline', 'all'] }}stage_band,
        {{ "'*' as " if level != 'cell' }}segment,
        days,
        coalesce(sum(deals) filter (where outcome = 'won'), 0) as won,
        coalesce(sum(deals) filter (where outcome is not null), 0) as closed,
        sum(deals) as ended
    from observed
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

cells as (
    select
        {{ cell }},
        row_number() over (order by {{ cell }}) as cell_no,
        sum(ended) as deals_count
    from counted
    group by {{ cell }}
),

-- Days without an event carry the incidence on.
with_every_day as (
    select
        cells.cell_no,
        counted.days,
        counted.won,
        counted.closed,
        counted.ended
    from counted
    inner join cells using ({{ cell }})

    union all

    select
        cells.cell_no,
        horizons.n as days,
        0 as won,
        0 as closed,
        0 as ended
    from cells
    inner join months using (learned_on)
    inner join {{ integers(0, 365) }} as horizons
        on months.longest >= horizons.n or horizons.n = 365
),

daily as (
    select
        cell_no,
        days,
        sum(won) as won,
        sum(closed) as closed,
        sum(sum(ended)) over (partition by cell_no order by days desc) as at_risk
    from with_every_day
    group by cell_no, days
),

-- The share still open before the day: a product of what each day before has left.
surviving as (
    select
        *,
        exp(coalesce(sum(
            case
                when closed = 0 then 0
                when closed < at_risk then ln(1 - closed / at_risk)
                else -700
            end
        ) over (
            partition by cell_no order by days rows between unbounded preceding and 1 preceding
        ), 0)) as survival
    from daily
),

added_up as (
    select
        cell_no,
        days,
        at_risk,
        sum(case when won > 0 then survival * won / at_risk else 0 end) over (
            partition by cell_no order by days
        ) as incidence
    from surviving
),

final as (
    select
        {{ cell }},
        added_up.days,
        cast(cells.deals_count as bigint) as deals_count,
        cast(added_up.at_risk as bigint) as at_risk,
        -- Sums of fractions differ in their last digit by the order of the rows.
        round(least(1.0, added_up.incidence), 12) as incidence
    from added_up
    inner join cells using (cell_no)
    inner join months using (learned_on)
    where added_up.days <= months.longest or added_up.days = 365
)

select * from final
