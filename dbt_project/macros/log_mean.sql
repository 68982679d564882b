{#- The logarithmic mean of two amounts: (a - b) / (ln a - ln b), or a if they are equal. It splits the
    change of a product by its factors (LMDI): the mean times the logarithm of each factor's change
    adds up to the change. If a and b are close, the logarithm is computed as an inverse hyperbolic
    tangent, which loses no digits. NULL if a is not above 0; b must be. -#}
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
