{#- How often a customer buys, from 1 to 5, by the deals won in the last 365 days. A rank would depend
    on the ties: where nearly everybody buys once, one purchase would be much. -#}
{% macro frequency_score(count) -%}
    case
        when {{ count }} >= 6 then 5
        when {{ count }} >= 4 then 4
        when {{ count }} = 3 then 3
        when {{ count }} = 2 then 2
        else 1
    end
{%- endmacro %}

{#- What a customer is called by the scores for recency, frequency and amount, each from 1 to 5: the
    first row that holds. Who bought on one day only is none of the first three. NULL without scores. -#}
{% macro rfm_segment(r, f, m, frequency, churn_risk) -%}
    {%- set is_kept = 'coalesce(' ~ churn_risk ~ ", 'low') <> 'high'" -%}
    case
        when
            {{ frequency }} > 0 and {{ r }} >= 4 and {{ f }} >= 4 and {{ m }} >= 4 and {{ is_kept }}
            then 'champions'
        when {{ frequency }} > 0 and {{ r }} >= 4 and {{ f }} >= 2 and {{ is_kept }} then 'loyal'
        when {{ frequency }} > 0 and ({{ f }} >= 2 or {{ m }} >= 4) then 'at_risk'
        when {{ r }} >= 4 and {{ is_kept }} then 'promising'
        when {{ r }} >= 3 then 'needs_attention'
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
