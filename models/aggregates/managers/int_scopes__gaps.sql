with

uncovered as (
    select * from {{ ref('int_plans__uncovered') }}
    where kpi_id = 'revenue' and period_end = {{ dbt.last_day('period_start', 'month') }}
),

-- A plan that leaves out a part of the revenue has no gap to it.
periods as (
    select scopes.*
    from {{ ref('int_scopes__periods') }} as scopes
    anti join uncovered using (scope_type, period_start)
    where scopes.plan_revenue > 0 and scopes.revenue is not null
),

-- What the plan leaves unsaid of a check and of leads is taken from the months
-- before: a plan of 0 says nothing.
checked as (
    select
        *,
        case when plan_calls > 0 then plan_calls end as planned_calls,
        case
            when plan_average_check > 0
                then cast(plan_average_check as double)
            when baseline_won_amount > 0
                then {{ safe_divide('baseline_won_amount', 'baseline_won_with_amount_count') }}
        end as planned_check,
        {{ safe_divide('baseline_won_with_amount_count', 'baseline_leads_taken') }}
            as baseline_conversion
    from periods
),

planned as (
    select
        *,
        cast(revenue - plan_revenue as {{ hundredths() }}) as gap_revenue,
        {{ safe_divide('plan_revenue', 'planned_check') }} as planned_won,
        coalesce(
            cast(case when plan_leads > 0 then plan_leads end as double),
            {{ safe_divide(
                safe_divide('plan_revenue', 'planned_check'), 'baseline_conversion'
            ) }}
        ) as planned_leads
    from checked
),

compared as (
    select
        *,
        case
            -- Without a planned check there are no planned leads, so the gap is not split.
            when planned_won is null or planned_leads is null then null
            when leads_taken > 0 and won_with_amount_count > 0 and won_amount > 0
                then 'log_mean'
            else 'sequential'
        end as gap_method,
        {{ log_mean('won_amount', 'plan_revenue') }} as mean_revenue,
        {{ safe_divide('leads_taken', 'planned_leads') }} as leads_ratio,
        {{ safe_divide('won_with_amount_count', 'planned_won') }} as won_ratio,
        {{ safe_divide('calls_out', 'planned_calls') }} as calls_ratio
    from planned
),

-- In the sequential split every part is a share of the planned revenue as well:
-- leads move it from 1 to leads_ratio, then conversion takes it on to won_ratio.
split as (
    select
        *,
        {{ as_decimal(gap_effect('1', 'leads_ratio'), hundredths()) }} as gap_effect_leads,
        {{ as_decimal(gap_effect('leads_ratio', 'won_ratio'), hundredths()) }}
            as gap_effect_conversion,
        case
            when gap_method = 'log_mean' and calls_ratio > 0
                then mean_revenue * ln(nullif(calls_ratio, 0))
            when gap_method is not null then plan_revenue * (calls_ratio - 1)
        end as effect_calls
    from compared
),

-- The check takes what rounding has left, so that the parts are the gap exactly.
summed as (
    select
        *,
        cast(
            won_amount - plan_revenue - gap_effect_leads - gap_effect_conversion
            as {{ hundredths() }}
        ) as gap_effect_check,
        case when gap_method is not null then cast(revenue - won_amount as {{ hundredths() }}) end
            as gap_effect_refunds
    from split
),

ranked as (
    select
        *,
        least(
            cast(gap_effect_leads as double),
            cast(gap_effect_conversion as double),
            cast(gap_effect_check as double),
            cast(gap_effect_refunds as double),
            effect_calls
        ) as largest_shortfall
    from summed
),

final as (
    select
        scope_type,
        scope_id,
        period_grain,
        period_start,
        gap_revenue,
        gap_method,
        case when gap_method is not null then planned_leads end as gap_planned_leads,
        gap_effect_leads,
        gap_effect_conversion,
        gap_effect_check,
        gap_effect_refunds,
        case
            -- A difference of a cent is rounding.
            when largest_shortfall >= -0.01 then null
            when largest_shortfall = gap_effect_leads then 'leads'
            when largest_shortfall = gap_effect_conversion then 'gap_effect_conversion'
            when largest_shortfall = gap_effect_check then 'average_check'
            when largest_shortfall = gap_effect_refunds then 'gap_effect_refunds'
            when largest_shortfall = effect_calls then 'calls'
        end as top_gap_kpi
    from ranked
)

select * from final
