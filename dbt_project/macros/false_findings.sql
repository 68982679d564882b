{#- The rate of false findings of Benjamini and Hochberg, 1995, in two steps, as windows are not nested:
    the rate if the test were the last that counts, then the least rate at which it counts. Tests of
    one group are judged together; a test without a p value is none. -#}
{% macro own_q_value(p_value, group) -%}
    {{ p_value }} * count({{ p_value }}) over (partition by {{ group | join(', ') }})
    / count({{ p_value }}) over (
        partition by {{ group | join(', ') }}
        order by {{ p_value }} asc nulls last
        range between unbounded preceding and current row
    )
{%- endmacro %}

{% macro q_value(own_q_value, p_value, group) -%}
    least(1, min({{ own_q_value }}) over (
        partition by {{ group | join(', ') }}
        order by {{ p_value }} asc nulls last
        range between current row and unbounded following
    ))
{%- endmacro %}
