{#- What a customer is called by the scores for recency, frequency and amount, each from 1 to 5: the
    first row that holds. NULL without scores. -#}
{% macro rfm_segment(r, f, m) -%}
    case
        when {{ r }} >= 4 and {{ f }} >= 4 and {{ m }} >= 4 then 'champions'
        when {{ r }} <= 3 and greatest({{ f }}, {{ m }}) >= 4 then 'at_risk'
        when {{ r }} >= 4 and {{ f }} >= 3 then 'loyal'
        when {{ r }} >= 4 then 'promising'
        when {{ r }} = 3 then 'needs_attention'
        when {{ r }} <= 2 then 'hibernating'
    end
{%- endmacro %}

{#- The risk that a customer who has come back before does not come again. NULL: one order, or nothing
    to judge by. -#}
{% macro churn_risk(frequency, p_alive, overdue_ratio) -%}
    case
        when {{ frequency }} > 0
            then case
                when {{ p_alive }} < 0.2 or {{ overdue_ratio }} >= 3 then 'high'
                when {{ p_alive }} < 0.5 or {{ overdue_ratio }} >= 1.5 then 'medium'
                when {{ p_alive }} is not null or {{ overdue_ratio }} is not null then 'low'
            end
    end
{%- endmacro %}

{#- The window of a month of a series, from some months before it to some after it. -#}
{% macro months_around(before, after) -%}
    over (
        partition by series_type, series_id order by month_start
        rows between {{ before }} preceding and {{ after }} following
    )
{%- endmacro %}
