{#- When a deal starts: at the creation of its lead, if that is earlier than its own. -#}
{% macro deal_started_at(deals, leads) -%}
    coalesce(least({{ deals }}.created_at, {{ leads }}.created_at), {{ deals }}.created_at)
{%- endmacro %}

{#- The value of a feature that is known at the landmark; a deal closed before it has none. -#}
{% macro open_at_landmark(feature_value) -%}
    case when final_closed_at < landmark_at then 'closed_before' else {{ feature_value }} end
{%- endmacro %}

{#- Whether a kind of task, in the words of a source, is a meeting with the client. -#}
{% macro is_meeting(kind) -%}
    coalesce(lower({{ kind }}) like '%meeting%' or lower({{ kind }}) like '%встреч%', false)
{%- endmacro %}

{#- The format of a contact by message. -#}
{% macro message_format(channel) -%}
    case
        when {{ channel }} = 'email' then 'email'
        when {{ channel }} in ('chat', 'messenger') then 'chat'
        else 'other'
    end
{%- endmacro %}

{#- The band of a number of calls. -#}
{% macro calls_band(calls) -%}
    case
        when {{ calls }} = 0 then '0'
        when {{ calls }} = 1 then '1'
        when {{ calls }} <= 3 then '2_3'
        else '4_plus'
    end
{%- endmacro %}

{#- How fast the lead of a deal was answered, by the columns of int_deal_contacts__features. -#}
{% macro answered_band() -%}
    case
        when lead_id is null then 'no_lead'
        when is_from_call then 'from_call'
        when is_answered and speed_to_lead_minutes <= 5 then '0_5'
        when is_answered and speed_to_lead_minutes <= 15 then '5_15'
        when is_answered and speed_to_lead_minutes <= 60 then '15_60'
        when
            not is_answered
            and {{ minutes_between('started_at', 'final_closed_at') }} < 60 then 'closed_before'
        else '60_plus'
    end
{%- endmacro %}

{#- Whether a lead waits for somebody to call or write: not if a call or an order made it. -#}
{% macro waits_for_contact() -%}
    (coalesce(source_type, '') <> 'call' and not is_made_of_order)
{%- endmacro %}
