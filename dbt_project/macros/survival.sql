{#- CTEs up to `halves`: for each cohort of `ranked` the `lasting_hours` at which the estimate S of Kaplan
    and Meier falls to a half or less, NULL if it does not. `ranked` has a row per visit: the columns of
    `cohort`, lasting_hours, is_censored, and at_risk: how many last so long, the visit itself among them.

    S is the product of (at_risk - 1) / at_risk over the ended visits, the shortest first. In a run of
    ended visits that no censored one interrupts, all but the first and the last number cancel out. So only
    the censored visits need a running sum, and in a run the visit at the half has a known number. -#}
{% macro survival_halves(ranked, cohort) -%}
runs as (
    select
        {{ cohort }},
        max(at_risk) + 1 as at_risk,
        0.0 as log_loss
    from {{ ranked }}
    group by {{ cohort }}
    union all
    select
        {{ cohort }},
        at_risk,
        -ln(greatest(0.5, 1.0 - 1e0 / at_risk)) as log_loss
    from {{ ranked }}
    where is_censored
),

run_ends as (
    select
        *,
        (max(at_risk) over until) - 1 as visits_count,
        sum(log_loss) over until as log_lost,
        coalesce(lead(at_risk) over path, 0) as next_at_risk
    from runs
    window
        path as (partition by {{ cohort }} order by at_risk desc),
        until as (
            partition by {{ cohort }} order by at_risk desc
            rows between unbounded preceding and current row
        )
),

-- The first visit of the run at which S is a half: the first of all, or that of the number. Sums of
-- logarithms miss a half that is met exactly by some units of the last place.
run_halves as (
    select
        *,
        least(
            at_risk - 1, cast(floor(1 + visits_count * exp(1e-9 - log_lost) / 2) as integer)
        ) as half_at_risk
    from run_ends
),

reached as (
    select
        {{ cohort }},
        max(half_at_risk) filter (where half_at_risk > next_at_risk) as half_at_risk
    from run_halves
    group by {{ cohort }}
),

halves as (
    select
        {{ cohort }},
        max(case when at_risk = 1 then place end) as longest_place,
        max(case when at_risk = half_at_risk then place end) as half_place
    from {{ ranked }}
    inner join reached using ({{ cohort }})
    where at_risk = 1 or at_risk = half_at_risk
    group by {{ cohort }}
)
{%- endmacro %}
