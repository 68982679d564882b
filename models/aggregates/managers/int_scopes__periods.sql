{%- set key = 'scope_type, scope_id, period_grain, period_start' -%}
with

days as (select * from {{ ref('int_manager__daily') }}),

scopes as (select * from {{ ref('int_scopes__managers') }}),

medians as (select * from {{ ref('int_scopes__medians') }}),

-- Only plans of a whole month: no plan is spread over other periods.
plans as (
    select
        scope_type,
        scope_id,
        period_grain,
        {%- for kpi in ['revenue', 'calls', 'average_check', 'leads'] %}
        cast(
            max(case when kpi_id = '{{ kpi }}' then value end) as {{ hundredths() }}
        ) as plan_{{ kpi }},
        {%- endfor %}
        period_start
    from {{ ref('int_plans__valid') }}
    where
        period_grain = 'month'
        and kpi_id in ('revenue', 'calls', 'average_check', 'leads')
    group by {{ key }}
),

summed as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        scopes.scope_type,
        scopes.scope_id,
        max(scopes.parent_type) as parent_type,
        max(scopes.parent_id) as parent_id,
        '{{ grain }}' as period_grain,
        {%- for measure in manager_counts() + ['open_change'] %}
        cast(sum(days.{{ measure }}) as bigint) as {{ measure }},
        {%- endfor %}
        {%- for measure in manager_amounts() %}
        sum(days.{{ measure }}) as {{ measure }},
        {%- endfor %}
        {{ period_start(grain, 'days.date') }} as period_start
    from days
    inner join scopes on days.manager_id = scopes.manager_id
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

opened as (
    select
        *,
        cast(sum(open_change) over (
            partition by scope_type, scope_id, period_grain order by period_start
        ) as bigint) as open_count
    from summed
),

joined as (
    select
        {{ key }},
        opened.parent_type,
        opened.parent_id,
        {%- for measure in
            manager_counts() + ['open_count', 'won_amount', 'lost_amount', 'refund_amount'] %}
        opened.{{ measure }},
        {%- endfor %}
        opened.won_count + opened.lost_count as closed_count,
        cast(opened.won_amount + opened.lost_amount as {{ hundredths() }}) as closed_amount,
        cast(opened.crm_won_amount as {{ hundredths() }}) as crm_won_amount,
        cast(opened.crm_won_amount + opened.crm_lost_amount as {{ hundredths() }})
            as crm_closed_amount,
        opened.calls_in_answered + opened.calls_in_missed as calls_in_queued,
        -- Wins without a known amount are not wins of amount 0.
        case
            when opened.revenue_known_count > 0 or opened.revenue_unknown_count = 0
                then opened.revenue
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
    from opened
    left join medians using ({{ key }})
    left join plans using ({{ key }})
),

-- Periods have no gaps: the previous rows are the previous periods.
final as (
    select
        *,
        {%- for measure in
            ['leads_taken', 'crm_won_count', 'crm_closed_count', 'won_with_amount_count'] %}
        cast(coalesce(sum({{ measure }}) over periods_before, 0) as bigint)
            as baseline_{{ measure }},
        {%- endfor %}
        cast(coalesce(sum(won_amount) over periods_before, 0) as {{ hundredths() }})
            as baseline_won_amount
    from joined
    window periods_before as (
        partition by scope_type, scope_id, period_grain
        order by period_start
        rows between {{ var('baseline_periods') }} preceding and 1 preceding
    )
)

select * from final
