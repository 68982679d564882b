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

{#- green, yellow, red or none. A deal is judged by what is known of it. It is none if nothing is known of
    its contacts, its next step and its time in the stage: the other risks are what a CRM lacks or a city
    meets, so that none of them holds says little. `risks`: those of deal_risks. -#}
{% macro risk_color(risks) -%}
    case
        when is_silent or has_no_next_step then 'red'
        when {{ risks.values() | join(' or ') }} then 'yellow'
        when coalesce(is_silent, has_no_next_step, is_stuck) is null then 'none'
        else 'green'
    end
{%- endmacro %}

{#- Why a deal has its colour: its risks, the gravest first, and what is not known of it. -#}
{% macro risk_reason(risks, language) -%}
    {%- set ru = language == 'ru' -%}
    {%- set words = {
        'silent': 'давно нет контакта' if ru else 'no contact for long',
        'no_next_step': 'нет следующего шага' if ru else 'no next step',
        'stuck': 'застряла на этапе' if ru else 'stuck in the stage',
        'close_overdue': 'срок закрытия прошёл' if ru else 'close overdue',
        'amount_missing': 'нет суммы' if ru else 'amount missing',
        'external_event': 'внешнее событие' if ru else 'external event',
    } -%}
    {%- set unknown = {
        'is_silent': 'давно ли был контакт' if ru else 'whether the last contact is too long ago',
        'has_no_next_step': 'есть ли следующий шаг' if ru else 'whether a next step is set',
        'is_stuck': 'долго ли она на этапе' if ru else 'whether it is stuck in its stage',
    } -%}
    concat_ws(
        '; ',
        {%- for risk, condition in risks.items() %}
        case when {{ condition }} then '{{ words[risk] }}' end,
        {%- endfor %}
        case
            when {{ risk_color(risks) | indent(12) }} = 'green'
                then '{{ 'угроз не видно' if ru else 'no risk is seen' }}'
        end,
        case
            when {{ unknown | join(' is null or ') }} is null
                then '{{ 'не известно' if ru else 'not known' }}: ' || concat_ws(
                    ', '
                    {%- for flag, what in unknown.items() %},
                    case when {{ flag }} is null then '{{ what }}' end
                    {%- endfor %}
                )
        end
    )
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
