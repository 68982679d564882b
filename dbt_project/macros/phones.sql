{#- The digits of a company's own line; in Russia the trunk prefix 8 is the same as the code 7. -#}
{% macro line_digits(line_phone) -%}
    {%- set digits = only_digits(line_phone) -%}
    {%- if var('country') == 'RU' -%}
    case
        when length({{ digits }}) = 11 and {{ digits }} like '8%'
            then '7' || substr({{ digits }}, 2)
        else {{ digits }}
    end
    {%- else -%}
    {{ digits }}
    {%- endif -%}
{%- endmacro %}

{% macro only_digits(expression) -%}
    {{ adapter.dispatch('only_digits', 'voronka')(expression) }}
{%- endmacro %}

{% macro duckdb__only_digits(expression) -%}
    regexp_replace({{ expression }}, '[^0-9]', '', 'g')
{%- endmacro %}

{% macro spark__only_digits(expression) -%}
    regexp_replace({{ expression }}, '[^0-9]', '')
{%- endmacro %}

{#- A text in lower case without spaces, punctuation and signs. -#}
{% macro letters_and_digits(expression) -%}
    {{ adapter.dispatch('letters_and_digits', 'voronka')(expression) }}
{%- endmacro %}

{% macro duckdb__letters_and_digits(expression) -%}
    regexp_replace(lower({{ expression }}), '[^\p{L}\p{N}]', '', 'g')
{%- endmacro %}

{% macro spark__letters_and_digits(expression) -%}
    regexp_replace(lower({{ expression }}), r'[^\p{L}\p{N}]', '')
{%- endmacro %}
