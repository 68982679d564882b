with

standings as (
    select * from {{ ref('int_forecast__standings') }}
    where stage_id = 'created'
),

months as (select distinct learned_on from {{ ref('int_forecast__days') }}),

wins as (
    select
        months.learned_on,
        standings.pipeline_id,
        standings.segment,
        cast(standings.amount_base as double) as amount
    from standings
    inner join months
        on
            standings.closed_on < months.learned_on
            and standings.closed_on >= cast({{ dbt.dateadd(
                'month', -(var('forecast_history_months') | int), 'months.learned_on'
            ) }} as date)
    where standings.outcome = 'won'
),

{%- for level in ['segment', 'pipeline', 'company'] %}

of_{{ level }} as (
    select
        learned_on,
        {{ 'pipeline_id,' if level != 'company' }}
        {{ 'segment,' if level == 'segment' }}
        count(*) as wins,
        count(amount) as known,
        {{ mean('amount') }} as mean_amount,
        {{ mean('amount * amount') }} as mean_square,
        {{ mean('case when amount > 0 then 1.0 else 0.0 end') }} as paid_share
    from wins
    group by all
),
{%- endfor %}

-- Many companies write an amount down when they win. Where most open deals have none, the amounts
-- of deals that are closed by now were not known while they were open.
written as (
    select
        pipeline_id,
        {{ mean('case when amount_base > 0 then 1.0 else 0.0 end') }} >= 0.5 as is_amount_written
    from standings
    where closed_on is null
    group by pipeline_id
),

-- Deals change pipelines: they stand where none of their segment is created.
segments as (
    select distinct
        pipeline_id,
        segment
    from {{ ref('int_forecast__standings') }}
),

-- A segment of few wins leans on its pipeline, and that on the company, as if by 20 wins each.
final as (
    select
        months.learned_on,
        segments.pipeline_id,
        segments.segment,
        {%- for column, weight in [
            ('mean_amount', 'known'), ('mean_square', 'known'), ('paid_share', 'wins'),
        ] %}
        (
            coalesce(of_segment.{{ weight }} * of_segment.{{ column }}, 0) + 20 * (
                coalesce(of_pipeline.{{ weight }} * of_pipeline.{{ column }}, 0)
                + 20 * of_company.{{ column }}
            ) / (coalesce(of_pipeline.{{ weight }}, 0) + 20)
        ) / (coalesce(of_segment.{{ weight }}, 0) + 20) as {{ column }},
        {%- endfor %}
        coalesce(of_segment.wins, 0) as wins_count,
        coalesce(written.is_amount_written, true) as is_amount_written
    from months
    cross join segments
    left join of_company using (learned_on)
    left join of_pipeline
        on
            months.learned_on = of_pipeline.learned_on
            and segments.pipeline_id = of_pipeline.pipeline_id
    left join of_segment
        on
            months.learned_on = of_segment.learned_on
            and segments.pipeline_id = of_segment.pipeline_id
            and segments.segment = of_segment.segment
    left join written on segments.pipeline_id = written.pipeline_id
)

select * from final
