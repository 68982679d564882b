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

{#- A text as free spelling is compared: in lower case, without spaces, punctuation and signs. Russian is
    mostly written with е for ё. -#}
{% macro letters_and_digits(expression) -%}
    {%- set spelt = "replace(lower(" ~ expression ~ "), 'ё', 'е')" -%}
    {{ adapter.dispatch('letters_and_digits', 'voronka')(spelt) }}
{%- endmacro %}

{% macro duckdb__letters_and_digits(text) -%}
    regexp_replace({{ text }}, '[^\p{L}\p{N}]', '', 'g')
{%- endmacro %}

{% macro spark__letters_and_digits(text) -%}
    regexp_replace({{ text }}, r'[^\p{L}\p{N}]', '')
{%- endmacro %}
