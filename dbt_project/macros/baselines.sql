{#- Whether a win rate has fallen out of its range: the rate of the periods before lies above the
    95 % Wilson interval of this one. Never on fewer than `low_n` deals in either. -#}
{% macro is_below_baseline(won, closed, baseline_won, baseline_closed) -%}
    least({{ closed }}, {{ baseline_closed }}) >= {{ var('low_n') }}
    and {{ wilson_high(won, closed) }} < {{ safe_divide(baseline_won, baseline_closed) }}
{%- endmacro %}
