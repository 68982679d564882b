{#-
    Bounds of the 95 % Wilson score interval of a share: `successes` of `trials`, clamped to 0..1.
    NULL if there are no trials. With no success the lower bound is exactly 0, and with only successes
    the upper bound is exactly 1: the formula alone may give slightly less than 1, below a baseline of 1.
    Wilson, E. B. (1927), JASA 22 (158), pp. 209-212; z = 1.96.
-#}
{% macro wilson_low(successes, trials) -%}
    {{ wilson_bound(successes, trials, '-') }}
{%- endmacro %}

{% macro wilson_high(successes, trials) -%}
    {{ wilson_bound(successes, trials, '+') }}
{%- endmacro %}

{% macro wilson_bound(successes, trials, sign) -%}
    {%- set z = 1.96 -%}
    {%- set n = 'nullif(cast(' ~ trials ~ ' as double), 0)' -%}
    {%- set p = '(cast(' ~ successes ~ ' as double) / ' ~ n ~ ')' -%}
    {%- set end = (trials, '1.0') if sign == '+' else ('0', '0.0') -%}
    case
        when {{ trials }} > 0 and {{ successes }} = {{ end[0] }} then {{ end[1] }}
        when {{ trials }} > 0
            then least(1.0, greatest(0.0, (
                {{ p }} + {{ z * z }} / (2 * {{ n }})
                {{ sign }} {{ z }} * sqrt(greatest(
                    0.0, {{ p }} * (1 - {{ p }}) / {{ n }} + {{ z * z }} / (4 * {{ n }} * {{ n }})
                ))
            ) / (1 + {{ z * z }} / {{ n }})))
    end
{%- endmacro %}

{#- A rate at an equal mix is a ratio of wins to expected ones, scaled to a rate. Where it would pass 1, so few
    wins were expected that it says nothing: NULL, and so are its bounds. -#}
{% macro adjusted_rate(rate) -%}
    case when {{ rate }} <= 1 then {{ rate }} end
{%- endmacro %}

{#- A bound of such a rate; of a known rate it is at most 1. -#}
{% macro adjusted_bound(bound, rate) -%}
    case when {{ rate }} <= 1 then least({{ bound }}, 1.0) end
{%- endmacro %}
