{%- set measures = [
    'leads_taken', 'won_count', 'closed_count', 'won_with_amount_count', 'revenue',
] -%}

with

periods as (
    select * from {{ ref('int_scopes__periods') }}
),

-- Periods follow each other without a hole: the rows before are the periods before.
summed as (
    select
        scope_type,
        scope_id,
        period_grain,
        {%- for measure in measures %}
        sum({{ measure }}) over periods_before as {{ measure }},
        {%- endfor %}
        period_start
    from periods
    window periods_before as (
        partition by scope_type, scope_id, period_grain
        order by period_start
        rows between {{ var('baseline_periods') }} preceding and 1 preceding
    )
),

final as (
    select
        scope_type,
        scope_id,
        period_grain,
        period_start,
        {%- for measure in measures if measure != 'revenue' %}
        cast(coalesce({{ measure }}, 0) as bigint) as {{ measure }},
        {%- endfor %}
        cast(coalesce(revenue, 0) as {{ hundredths() }}) as revenue
    from summed
)

select * from final
