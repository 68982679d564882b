{#- What a factor of revenue does to it, in money: it brings the share of the plan that is reached
    from `before` to `after`. NULL where the gap is not split. Expects the columns gap_method,
    mean_revenue and plan_revenue. -#}
{% macro gap_effect(before, after) -%}
    case gap_method
        when 'log_mean' then mean_revenue * ln(nullif({{ after }}, 0) / nullif({{ before }}, 0))
        when 'sequential' then plan_revenue * ({{ after }} - {{ before }})
    end
{%- endmacro %}
