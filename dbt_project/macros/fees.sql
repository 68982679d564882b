{#- The columns of fees in the marts of goods, by column the kinds of fees in it. A subsidy is a negative
    amount: it lowers `other`. -#}
{% macro fee_columns() -%}
    {{ return({
        'commission': ['commission'],
        'logistics': ['logistics'],
        'storage': ['storage'],
        'returns': ['returns'],
        'advertising': ['advertising'],
        'acquiring': ['acquiring'],
        'tax': ['tax'],
        'other': ['penalty', 'subsidy', 'other'],
    }) }}
{%- endmacro %}

{#- The sums of `columns`, which are fee_columns(), over fees of an amount; 0: none. -#}
{% macro fee_sums(columns, amount) -%}
    {%- for column, kinds in columns.items() %}
    coalesce(sum(case when kind in ('{{ kinds | join("', '") }}') then {{ amount }} end), 0)
        as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The part of `amount` that a row of `weight` gets. `until` is the running total of the weights up to
    and with the row, `total` that of all rows: the parts add up to the amount to the last place. -#}
{% macro part_of(amount, weight, until, total) -%}
    {{ amount_until(amount, until, total) }}
    - {{ amount_until(amount, until ~ ' - ' ~ weight, total) }}
{%- endmacro %}

{% macro amount_until(amount, until, total) -%}
    {%- set share = '(cast(' ~ until ~ ' as double) / cast(' ~ total ~ ' as double))' -%}
    case
        when {{ until }} = {{ total }} then {{ amount }}
        else {{ as_decimal('cast(' ~ amount ~ ' as double) * ' ~ share, money()) }}
    end
{%- endmacro %}
