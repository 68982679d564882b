{%- set series = 'series_type, series_id' -%}
{#- Equal years do not prove the next one equal: no spread is below a twentieth of the trend. -#}
{%- set least_spread = 0.05 -%}
with

summed as (select * from {{ ref('int_customers__month_ratios') }}),

-- Each month beside the eleven remaining.
compared as (
    select
        summed.series_type,
        summed.series_id,
        summed.calendar_month,
        summed.years_count,
        summed.years_above,
        summed.seasonal_index,
        summed.ratios_count,
        {{ median('remaining.seasonal_index') }} as usual_index,
        summed.ratios_sum / nullif(summed.ratios_count, 0) as mean_ratio,
        sum(remaining.ratios_sum) / nullif(sum(remaining.ratios_count), 0) as others_mean,
        cast(sum(remaining.ratios_count) as double) as others_count,
        sum(remaining.squares_sum) as others_squares
    from summed
    inner join summed as remaining using ({{ series }})
    where summed.calendar_month <> remaining.calendar_month
    group by all
),

-- How far the other months spread is the error of a month. Sums of fractions differ in their last
-- digits by the order of the rows.
tested as (
    select
        *,
        others_count - 1 as freedom,
        round(seasonal_index / nullif(usual_index, 0) - 1, 9) as uplift,
        round(mean_ratio - others_mean, 9) as difference,
        round(sqrt(
            greatest(
                (others_squares - others_count * others_mean * others_mean)
                / nullif(others_count - 1, 0),
                {{ least_spread }} * {{ least_spread }}
            ) * (1e0 / nullif(ratios_count, 0) + 1 / nullif(others_count, 0))
        ), 9) as error
    from compared
),

chances as (
    select
        *,
        {{ t_factor('freedom') }} * error / nullif(usual_index, 0) as reach,
        round(2 * {{ normal_below(
            '(-abs(' ~ student_as_normal('(difference / error)', 'freedom') ~ '))'
        ) }}, 12) as chance
    from tested
),

bounded as (
    select
        *,
        case when chance is not null then greatest(chance, 0.000000000001) end as p_value
    from chances
),

-- Benjamini and Hochberg, 1995, over all months of all series.
ranked as (
    select
        *,
        p_value * count(p_value) over () / count(p_value) over (order by p_value) as own_q_value
    from bounded
),

judged as (
    select
        *,
        case
            when p_value is not null
                then
                    min(own_q_value) over (
                        order by p_value range between current row and unbounded following
                    ) <= {{ false_finding_rate() }}
                    and years_count > 1
                    and years_above = case when uplift > 0 then years_count else 0 end
        end as is_significant
    from ranked
),

final as (
    select
        {{ series }},
        calendar_month,
        years_count,
        seasonal_index,
        usual_index,
        uplift,
        round(uplift - reach, 9) as uplift_low,
        round(uplift + reach, 9) as uplift_high,
        p_value,
        is_significant,
        case when is_significant then uplift when uplift is not null then 0 end as season
    from judged
)

select * from final
