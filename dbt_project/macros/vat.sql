{#- The rate of VAT on a day, per cent; NULL where none is known. The variable holds the rates with
    the first day of each, as `2019-01-01=20 2026-01-01=22`. -#}
{% macro vat_percent(date_column) -%}
    {%- set rates = var('vat_percent').split() | sort(reverse=true) -%}
    {%- if rates -%}
    case
        {%- for rate in rates %}
        when {{ date_column }} >= cast('{{ rate.split('=') | first }}' as date)
            then cast({{ rate.split('=') | last }} as decimal(5, 2))
        {%- endfor %}
    end
    {%- else -%}
    cast(null as decimal(5, 2))
    {%- endif -%}
{%- endmacro %}

{#- Spend without and with VAT, in the currency it was delivered in; NULL where it is not said
    whether VAT is in it, or the rate to take it out or put it on is not known. Expects the columns
    spend, vat_included and vat_percent. -#}
{% macro spend_excl_vat() -%}
    {{ _to_the_hundredth("spend * 100 / (100 + vat_percent)", "spend") }}
{%- endmacro %}

{% macro spend_incl_vat() -%}
    {{ _to_the_hundredth("spend", "spend * (100 + vat_percent) / 100") }}
{%- endmacro %}

{#- A quotient may be binary, where half a hundredth is a little less or more: six places first. -#}
{% macro _to_the_hundredth(with_vat, without_vat) -%}
    cast(
        cast(
            case
                when vat_included then {{ with_vat }}
                when not vat_included then {{ without_vat }}
            end as decimal(28, 6)
        ) as decimal(18, 2)
    )
{%- endmacro %}
