{#- The effect of one factor on revenue, in money: it changes the reached share of the plan from
    `before` to `after`. NULL if the gap is not split. Expects the columns gap_method, mean_revenue
    and plan_revenue. -#}
{% macro gap_effect(before, after) -%}
    case gap_method
        when 'log_mean' then mean_revenue * ln(nullif({{ after }}, 0) / nullif({{ before }}, 0))
        when 'sequential' then plan_revenue * ({{ after }} - {{ before }})
    end
{%- endmacro %}
