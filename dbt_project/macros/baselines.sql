{#- Whether a win rate has dropped: the rate of the periods before is above the 95 % Wilson interval
    of this period. False if either has fewer than `low_n` deals. -#}
{% macro is_below_baseline(won, closed, baseline_won, baseline_closed) -%}
    least({{ closed }}, {{ baseline_closed }}) >= {{ var('low_n') }}
    and {{ wilson_high(won, closed) }} < {{ safe_divide(baseline_won, baseline_closed) }}
{%- endmacro %}
