{#- The logarithmic mean of two amounts, (a - b) / (ln a - ln b), or a where they are equal: what the
    factors of a product weigh in its change, so that their weights times the logarithms of their own
    changes add up to it. Where a and b are close, the logarithm is written as an inverse hyperbolic
    tangent, which loses no digits there. NULL where a is not above 0; b is. -#}
{% macro log_mean(a, b) -%}
    {%- set a = 'cast(' ~ a ~ ' as double)' -%}
    {%- set b = 'cast(' ~ b ~ ' as double)' -%}
    case
        when {{ a }} <= 0 then null
        when {{ a }} = {{ b }} then {{ b }}
        when abs({{ a }} - {{ b }}) < {{ b }} / 2
            then ({{ a }} - {{ b }}) / (2 * atanh(({{ a }} - {{ b }}) / ({{ a }} + {{ b }})))
        else ({{ a }} - {{ b }}) / ln({{ a }} / {{ b }})
    end
{%- endmacro %}
