{%- set methods = ['expected', 'run_rate', 'seasonal', 'crm'] -%}
{%- set key = 'kpi_id, is_of_manager, period_grain, workdays_band' -%}

with

forecasts as (
    select
        *,
        scope_type = 'manager' as is_of_manager
    from {{ ref('int_forecast__methods') }}
),

periods as (
    select
        {{ key }},
        period_start,
        {%- for method in methods %}
        sum(abs({{ method }}_forecast - final)) as {{ method }}_error,
        sum(abs(final)) filter (where {{ method }}_forecast is not null) as {{ method }}_total,
        {%- endfor %}
        count(final) as forecasts_count
    from forecasts
    group by all
),

-- Of a period only those before it count: they ended before it began.
summed as (
    select
        {{ key }},
        period_start,
        {%- for method in methods %}
        sum({{ method }}_error) over earlier
        / nullif(sum({{ method }}_total) over earlier, 0) as {{ method }}_wape,
        {%- endfor %}
        count(*) filter (where forecasts_count > 0) over earlier as periods_count
    from periods
    window earlier as (
        partition by {{ key }} order by period_start
        rows between unbounded preceding and 1 preceding
    )
),

-- Another method has to be better by a tenth, so that the shown one does not change every month.
-- Where all facts before are 0, the expected forecast has no win to learn from.
chosen as (
    select
        {{ key }},
        period_start,
        periods_count,
        case
            when workdays_band = 0 then 'expected'
            when periods_count > 0 and expected_wape is null then 'run_rate'
            when periods_count < 3 then 'expected'
            {%- for method in ['run_rate', 'seasonal', 'crm'] %}
            when
                {{ method }}_wape < 0.9 * expected_wape
                {%- for other in ['run_rate', 'seasonal', 'crm'] if other != method %}
                and coalesce({{ method }}_wape <= {{ other }}_wape, true)
                {%- endfor %}
                then '{{ method }}'
            {%- endfor %}
            else 'expected'
        end as method
    from summed
),

-- By how many standard deviations the fact was off, in tenths, and how often.
missed as (
    select
        {{ key | replace('kpi_id', 'forecasts.kpi_id') }},
        period_start,
        round(
            (forecasts.final - {{ shown_forecast('chosen.method', 'forecasts') }}) / forecasts.sd, 1
        ) as z,
        count(*) as forecasts_count
    from forecasts
    inner join chosen using ({{ key }}, period_start)
    where forecasts.final is not null and forecasts.sd > 0
    group by all
),

learned as (
    select
        {{ key }},
        chosen.period_start,
        missed.z,
        sum(sum(missed.forecasts_count)) over (
            partition by {{ key }}, chosen.period_start order by missed.z
        ) as below,
        sum(sum(missed.forecasts_count)) over (partition by {{ key }}, chosen.period_start)
            as forecasts_count
    from chosen
    inner join missed using ({{ key }})
    where missed.period_start < chosen.period_start
    group by {{ key }}, chosen.period_start, missed.z
),

-- Few errors fall short of those to come. n errors of their own kind ask for the quantile
-- 0.9 x (1 + 1 / n); days and scopes of a period repeat each other, so a period counts as three.
quantiles as (
    select
        {{ key }},
        period_start,
        min(learned.z) filter (
            where learned.below
            >= learned.forecasts_count * (1 - 0.9 * (1 + 1e0 / (3 * chosen.periods_count)))
        ) as z_10,
        min(learned.z) filter (where learned.below >= learned.forecasts_count * 0.5) as z_50,
        min(learned.z) filter (
            where learned.below
            >= learned.forecasts_count * least(1.0, 0.9 * (1 + 1e0 / (3 * chosen.periods_count)))
        ) as z_90
    from learned
    inner join chosen using ({{ key }}, period_start)
    where chosen.periods_count >= 3
    group by all
),

-- Until there are errors of three periods, as if they were normal.
final as (
    select
        {{ key }},
        period_start,
        chosen.method,
        chosen.periods_count,
        least(0.0, coalesce(quantiles.z_10, -1.2816)) as z_low,
        coalesce(quantiles.z_50, 0.0) as z_middle,
        greatest(0.0, coalesce(quantiles.z_90, 1.2816)) as z_high
    from chosen
    left join quantiles using ({{ key }}, period_start)
)

select * from final
