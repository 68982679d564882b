{#- The VAT rate of a day in per cent; NULL if it is not known. The variable has the rates with the
    first day of each, as `2019-01-01=20 2026-01-01=22`. -#}
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

{#- Spend without and with VAT, in the delivered currency; NULL if it is not known whether VAT is
    included, or if the rate to convert it is not known. Expects the columns
    spend, vat_included and vat_percent. -#}
{% macro spend_excl_vat() -%}
    {%- set quotient = "cast(cast(spend as double) * 100 / (100 + vat_percent) as " ~ money() ~ ")" -%}
    case
        -- Division is binary and ends after sixteen digits: what it leaves is divided once more.
        when vat_included then cast(
            {{ quotient }} + cast(
                (spend * 100 - {{ quotient }} * (100 + vat_percent)) / (100 + vat_percent)
                as {{ money() }}
            ) as {{ money() }}
        )
        when not vat_included then cast(spend as {{ money() }})
    end
{%- endmacro %}

{% macro spend_incl_vat() -%}
    case
        when vat_included then cast(spend as {{ money() }})
        when not vat_included
            then cast(
                spend * ((100 + vat_percent) * cast(0.01 as decimal(3, 2))) as {{ money() }}
            )
    end
{%- endmacro %}
