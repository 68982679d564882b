{#- Parts of the forecast that several of its models share: docs/forecast.md. -#}

{#- The days in a stage at which a band of them begins. What stands longest comes last: deals that nobody
    works on any more gather there, and are not to be mixed with those that move. -#}
{% macro forecast_bands() -%}
    {{ return([0, 3, 7, 14, 30, 60, 120]) }}
{%- endmacro %}

{#- The band of the days that a deal has spent in its stage, as text. -#}
{% macro forecast_band(days) -%}
    case
        {%- for first in forecast_bands() | reverse %}
        when {{ days }} >= {{ first }} then '{{ first }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- The band of the working days that a period still has: errors of one band are compared. -#}
{% macro workdays_band(workdays) -%}
    case
        {%- for first in [46, 26, 16, 11, 6, 3, 1] %}
        when {{ workdays }} >= {{ first }} then {{ first }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}

{#- The KPIs that are forecast for every scope, with the columns of int_scopes__periods they add up. -#}
{% macro forecast_sums() -%}
    {{ return({
        'revenue': 'revenue',
        'won_count': 'won_count',
        'won_with_amount_count': 'won_with_amount_count',
        'calls': 'calls_out',
        'leads': 'leads_taken',
    }) }}
{%- endmacro %}

{#- The forecast of a method, by its name, of a row of int_forecast__methods; the expected one where the
    method has none. -#}
{% macro shown_forecast(method, row) -%}
    coalesce(
        case {{ method }}
            {%- for name in ['run_rate', 'seasonal', 'crm'] %}
            when '{{ name }}' then {{ row }}.{{ name }}_forecast
            {%- endfor %}
        end,
        {{ row }}.expected_forecast
    )
{%- endmacro %}
