{%- set series = 'segment, product_category' -%}
{#- Equal years do not prove the next one equal: no spread is below a twentieth of the mean. -#}
{%- set least_spread = 0.05 -%}
with

-- A month that has been there once may be chance: what is usual, the others tell.
compared as (
    select
        *,
        case when years_count > 1 then units end as compared_units,
        case when years_count > 1 then trend end as compared_trend
    from {{ ref('int_customers__category_months') }}
),

months as (
    select
        *,
        avg(compared_units / compared_trend) over years as usual_rate,
        sum(compared_units) over years / sum(compared_trend) over years as flat_rate,
        (count(compared_units) over years) - 1 as months_freedom,
        (sum(years_count) over years) - 13 as freedom,
        greatest(
            1,
            {{ least_spread }} * {{ least_spread }}
            * sum(units) over years / sum(years_count) over years,
            (sum(squares) over years) / ((sum(years_count) over years) - 13)
        ) as dispersion
    from compared
    window years as (partition by {{ series }})
),

-- Whether the months differ by more than the years of one month do: an F test for each series. The
-- digits of sums of fractions depend on the order of the rows.
tested as (
    select
        {{ series }},
        round(
            sum(
                power(compared_units - compared_trend * flat_rate, 2)
                / nullif(compared_trend * flat_rate, 0)
            ) / nullif(min(months_freedom) * min(dispersion), 0),
            9
        ) as f_value,
        min(months_freedom) as months_freedom,
        min(freedom) as freedom
    from months
    group by {{ series }}
),

chances as (
    select
        {{ series }},
        f_value,
        greatest(round({{ normal_below(
            '(-' ~ f_as_normal('f_value', 'months_freedom', 'freedom') ~ ')'
        ) }}, 12), 0.000000000001) as p_value
    from tested
),

-- Benjamini and Hochberg, 1995, over all series.
ranked as (
    select
        *,
        p_value * count(p_value) over () / count(p_value) over (order by p_value) as own_q_value
    from chances
),

judged as (
    select
        *,
        min(own_q_value) over (
            order by p_value range between current row and unbounded following
        ) <= {{ false_finding_rate() }} as is_significant
    from ranked
),

indexed as (
    select
        months.segment,
        months.product_category,
        months.calendar_month,
        months.years_count,
        judged.p_value,
        judged.is_significant,
        judged.f_value,
        months.units / months.trend / months.usual_rate as seasonal_index,
        {{ t_factor('months.freedom') }} * sqrt(
            months.dispersion * greatest(1, months.units / months.trend / months.usual_rate)
            / (months.trend * months.usual_rate)
        ) as reach
    from months
    left join judged using ({{ series }})
),

-- What chance adds to the differences of the months is taken off: James and Stein, 1961.
final as (
    select
        {{ series }},
        calendar_month,
        years_count,
        round(seasonal_index, 9) as seasonal_index,
        p_value,
        is_significant,
        case
            when is_significant and years_count > 1
                then round((seasonal_index - 1) * greatest(0, 1 - 1 / f_value), 9)
            else 0
        end as season,
        round(seasonal_index - 1 - reach, 9) as season_low,
        round(seasonal_index - 1 + reach, 9) as season_high
    from indexed
)

select * from final
