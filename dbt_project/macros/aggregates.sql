{#- The median; for an even number of values the mean of the two middle ones. NULLs are left out. -#}
{% macro median(expression) -%}
    {{ percentile(expression, 0.5) }}
{%- endmacro %}

{#- The percentile `share` (0 to 1) of the values, interpolated between neighbours. -#}
{% macro percentile(expression, share) -%}
    percentile_cont({{ share }}) within group (order by {{ expression }})
{%- endmacro %}

{#- The mean as a double, also of decimals: Spark rounds theirs to four more places. -#}
{% macro mean(expression) -%}
    {{ adapter.dispatch('mean', 'voronka')(expression) }}
{%- endmacro %}

{% macro duckdb__mean(expression) -%}
    avg({{ expression }})
{%- endmacro %}

{% macro spark__mean(expression) -%}
    (cast(sum({{ expression }}) as double) / nullif(count({{ expression }}), 0))
{%- endmacro %}

{#- A ratio; NULL if the denominator is 0 or NULL. -#}
{% macro safe_divide(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}

{#- `lag` or `lead` of the rows whose value is known; the window follows. -#}
{% macro ignoring_nulls(function, expression) -%}
    {{ adapter.dispatch('ignoring_nulls', 'voronka')(function, expression) }}
{%- endmacro %}

{% macro duckdb__ignoring_nulls(function, expression) -%}
    {{ function }}({{ expression }} ignore nulls)
{%- endmacro %}

{% macro spark__ignoring_nulls(function, expression) -%}
    {{ function }}({{ expression }}) ignore nulls
{%- endmacro %}
