{#- The risks of an open deal, the gravest first, with the condition on a row of mart_deal_risk: a client
    who hears nothing and a deal without a next step are lost first; what the CRM lacks comes after. -#}
{% macro deal_risks() -%}
    {{ return({
        'silent': 'is_silent',
        'no_next_step': 'has_no_next_step',
        'stuck': 'is_stuck',
        'close_overdue': 'is_close_overdue',
        'amount_missing': 'is_amount_missing',
        'external_event': 'external_event is not null',
    }) }}
{%- endmacro %}

{#- Whether an external event of fct_external_event lies in the coming days and can stop a delivery or a
    meeting in its city. -#}
{% macro is_event_ahead() -%}
    city is not null
    and kind <> 'promotion'
    and coalesce(severity <> 'low', true)
    and starts_on <= {{ dbt.dateadd('day', var('risk_event_days') | int, as_of_date()) }}
    and ends_on > {{ as_of_date() }}
{%- endmacro %}
