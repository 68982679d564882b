{#- Types of money and computations with money: docs/decisions/0007-money.md. -#}

{#- Landed money: ten decimal places, less than 10^18. The same as SQL_TYPES["money"] of
    orchestration/core/entity.py. -#}
{% macro landed_money() -%} decimal(28, 10) {%- endmacro %}

{#- Money in intermediate models: wide enough that no sum overflows. -#}
{% macro money() -%} decimal(38, 10) {%- endmacro %}

{#- Money in marts. It has as many digits before the point as money(): if an expression has both
    types, a wider one would round the other one without an error. -#}
{% macro hundredths() -%} decimal(30, 2) {%- endmacro %}

{#- An exchange rate. The same as SQL_TYPES["rate"]. -#}
{% macro rate_of_exchange() -%} decimal(28, 16) {%- endmacro %}

{#- Landed money times an exchange rate. The product of the two types may need more than 38 digits;
    the product of the whole units and that of the fraction both fit. NULL without a rate, or if the
    product is 10^20 or more. -#}
{% macro in_base(amount, rate) -%}
    case
        when {{ rate }} = 1 then cast({{ amount }} as {{ money() }})
        when abs(cast({{ amount }} as double) * cast({{ rate }} as double)) < 1e20
            then cast(
                cast(
                    cast({{ whole_units(amount) }} as decimal(20, 0)) * {{ rate }} as decimal(38, 16)
                )
                + cast(
                    cast({{ amount }} - {{ whole_units(amount) }} as decimal(10, 10)) * {{ rate }}
                    as decimal(38, 16)
                ) as {{ money() }}
            )
    end
{%- endmacro %}

{#- Landed money without its fraction. -#}
{% macro whole_units(amount) -%}
    {{ adapter.dispatch('whole_units', 'voronka')(amount) }}
{%- endmacro %}

{% macro duckdb__whole_units(amount) -%} trunc({{ amount }}) {%- endmacro %}

{% macro spark__whole_units(amount) -%} cast({{ amount }} as bigint) {%- endmacro %}

{#- Landed money for one times a quantity; NULL if the product is 10^20 or more. -#}
{% macro money_for(amount, quantity) -%}
    {{ in_base(amount, 'cast(' ~ quantity ~ ' as ' ~ rate_of_exchange() ~ ')') }}
{%- endmacro %}

{#- A decimal in hundredths, rounded half away from zero. The cast alone gives the same, but DuckDB
    narrows a wide decimal by `round` in a third of the time. -#}
{% macro in_cents(amount) -%}
    cast(round({{ amount }}, 2) as {{ hundredths() }})
{%- endmacro %}

{#- A double to some decimal places. Both engines round what is written as a tie by the double's own
    value, which is a bit below or above it; Spark's `round` goes by what is written. -#}
{% macro rounded(value, places) -%}
    {{ adapter.dispatch('rounded', 'voronka')(value, places) }}
{%- endmacro %}

{% macro duckdb__rounded(value, places) -%}
    round({{ value }}, {{ places }})
{%- endmacro %}

{% macro spark__rounded(value, places) -%}
    (round(cast({{ value }} as double) * 1e{{ places }}) / 1e{{ places }})
{%- endmacro %}

{#- A double as a decimal of this type, rounded as `rounded` does. -#}
{% macro as_decimal(value, type) -%}
    {{ adapter.dispatch('as_decimal', 'voronka')(value, type) }}
{%- endmacro %}

{% macro duckdb__as_decimal(value, type) -%}
    cast({{ value }} as {{ type }})
{%- endmacro %}

{#- A whole double above 9e18 is none of a bigint; as text it has the digits that a double knows. -#}
{% macro spark__as_decimal(value, type) -%}
    {%- set places = type.split(',')[1].replace(')', '') | trim -%}
    {%- set whole = 'round(cast(' ~ value ~ ' as double) * 1e' ~ places ~ ')' -%}
    cast(
        case
            when abs({{ whole }}) < 9e18 then cast(cast({{ whole }} as bigint) as decimal(38, 0))
            else cast({{ whole }} as decimal(38, 0))
        end * cast(1e-{{ places }} as decimal({{ places }}, {{ places }})) as {{ type }}
    )
{%- endmacro %}

{#- A sum of money in hundredths: the running total up to the row, rounded half away from zero, minus
    the rounded total of the row before. Each row differs from its exact sum by less than a
    hundredth, and the rows add up to their total, rounded once. Put time first in `order_by`: then
    days, months and all marts give the same total for the same days. -#}
{% macro in_hundredths(amount, order_by, partition_by=none) -%}
    {%- set total -%}
    sum({{ amount }}) over (
            {% if partition_by %}partition by {{ partition_by }} {% endif -%}
            order by {{ order_by }} rows unbounded preceding
        )
    {%- endset -%}
    cast(
        {{ in_cents(total) }}
        - {{ in_cents(total ~ ' - ' ~ amount) }} as {{ hundredths() }}
    )
{%- endmacro %}
