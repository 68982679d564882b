with

managers as (
    select * from {{ ref('int_manager__periods_summed') }}
),

scopes as (
    select * from {{ ref('int_scopes__managers') }}
),

medians as (
    select * from {{ ref('int_scopes__medians') }}
),

plans as (
    select * from {{ ref('int_scopes__plans') }}
),

summed as (
    select
        scopes.scope_type,
        scopes.scope_id,
        max(scopes.parent_type) as parent_type,
        max(scopes.parent_id) as parent_id,
        managers.period_grain,
        {%- for measure in manager_counts() + ['open_count'] %}
        cast(sum(managers.{{ measure }}) as bigint) as {{ measure }},
        {%- endfor %}
        {%- for measure in manager_amounts() %}
        sum(managers.{{ measure }}) as {{ measure }},
        {%- endfor %}
        managers.period_start
    from managers
    inner join scopes on managers.manager_id = scopes.manager_id
    group by
        scopes.scope_type,
        scopes.scope_id,
        managers.period_grain,
        managers.period_start
),

joined as (
    select
        summed.scope_type,
        summed.scope_id,
        summed.parent_type,
        summed.parent_id,
        summed.period_grain,
        summed.period_start,
        {%- for measure in manager_counts() + ['open_count']
            + ['won_amount', 'lost_amount', 'refund_amount'] %}
        summed.{{ measure }},
        {%- endfor %}
        summed.won_count + summed.lost_count as closed_count,
        cast(summed.won_amount + summed.lost_amount as {{ hundredths() }}) as closed_amount,
        summed.calls_in_answered + summed.calls_in_missed as calls_in_queued,
        -- Wins without a known amount are not wins of amount 0.
        case
            when summed.revenue_known_count > 0 or summed.revenue_unknown_count = 0
                then summed.revenue
        end as revenue,
        medians.sales_cycle_median_days,
        {%- for percent in [50, 95] %}
        medians.speed_to_lead_p{{ percent }}_minutes,
        medians.speed_to_lead_p{{ percent }}_calendar_minutes,
        medians.speed_to_contact_p{{ percent }}_minutes,
        {%- endfor %}
        plans.plan_revenue,
        plans.plan_calls,
        plans.plan_average_check,
        plans.plan_leads,
        leads_taken + deals_created + won_count + lost_count + refund_count
        + calls_out + calls_in + open_count > 0
        or plans.scope_id is not null as is_eventful
    from summed
    left join medians
        using (scope_type, scope_id, period_grain, period_start)
    left join plans
        using (scope_type, scope_id, period_grain, period_start)
),

-- Periods have no gaps: the previous rows are the previous periods.
final as (
    select
        *,
        {%- for measure in ['leads_taken', 'won_count', 'closed_count', 'won_with_amount_count'] %}
        cast(coalesce(sum({{ measure }}) over periods_before, 0) as bigint)
            as baseline_{{ measure }},
        {%- endfor %}
        cast(coalesce(sum(revenue) over periods_before, 0) as {{ hundredths() }})
            as baseline_revenue
    from joined
    window periods_before as (
        partition by scope_type, scope_id, period_grain
        order by period_start
        rows between {{ var('baseline_periods') }} preceding and 1 preceding
    )
)

select * from final
