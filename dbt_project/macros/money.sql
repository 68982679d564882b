{#- Types of money and computations with money: docs/decisions/0007-money.md. -#}

{#- Money as it is delivered: up to ten places, less than 10^18. The same as SQL_TYPES["money"] of
    orchestration/core/entity.py. -#}
{% macro landed_money() -%} decimal(28, 10) {%- endmacro %}

{#- Money in intermediate models: wide enough that no sum overflows. -#}
{% macro money() -%} decimal(38, 10) {%- endmacro %}

{#- Money as marts publish it. As many digits before the point as in money(): where the two meet in
    one expression, a wider type would round the other in silence. -#}
{% macro hundredths() -%} decimal(30, 2) {%- endmacro %}

{#- A rate of exchange. The same as SQL_TYPES["rate"]. -#}
{% macro rate_of_exchange() -%} decimal(28, 16) {%- endmacro %}

{#- Landed money at a rate of exchange. A product of the two types as they are may need more than
    38 digits; the whole units and the rest fit one by one. NULL without a rate, and where the
    product is 10^20 or more. -#}
{% macro in_base(amount, rate) -%}
    case
        when abs(cast({{ amount }} as double) * cast({{ rate }} as double)) < 1e20
            then cast(
                cast(
                    cast(trunc({{ amount }}) as decimal(20, 0)) * {{ rate }} as decimal(38, 16)
                )
                + cast(
                    cast({{ amount }} - trunc({{ amount }}) as decimal(10, 10)) * {{ rate }}
                    as decimal(38, 16)
                ) as {{ money() }}
            )
    end
{%- endmacro %}

{#- A sum of money in hundredths: the running total up to the row, rounded half away from zero, less
    that of the row before. So a row is within a hundredth of its sum and the same where that is in
    whole hundredths, and rows add up to their total, rounded once. Time comes first in `order_by`:
    then any span of days has one total, in days, in months and in every mart. -#}
{% macro in_hundredths(amount, order_by, partition_by=none) -%}
    {%- set total -%}
    sum({{ amount }}) over (
            {% if partition_by %}partition by {{ partition_by }} {% endif -%}
            order by {{ order_by }} rows unbounded preceding
        )
    {%- endset -%}
    cast(
        cast({{ total }} as {{ hundredths() }})
        - cast({{ total }} - {{ amount }} as {{ hundredths() }}) as {{ hundredths() }}
    )
{%- endmacro %}
