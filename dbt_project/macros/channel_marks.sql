{#- The signals that channel rules compare. A missing signal is `(none)`, so that a rule can require
    its absence; `*` at the end of a rule's value matches any rest. -#}
{% macro channel_signal_names() -%}
    line_phone, platform, campaign_name, utm_source, utm_medium, source_type, referrer_host, delivered_channel
{%- endmacro %}

{#- Signals with free spelling: capitals, spaces and punctuation are ignored in them. -#}
{% macro mark_names() -%}
    platform, utm_source, utm_medium, delivered_channel
{%- endmacro %}

{#- A text in lower case; `(none)` if it is missing. -#}
{% macro channel_signal(expression) -%}
    coalesce(nullif(lower(trim({{ expression }})), ''), '(none)')
{%- endmacro %}

{#- A mark in lower case without punctuation; `(none)` if it is missing or is a word for "none". -#}
{% macro mark_signal(expression) -%}
    case
        when
            coalesce({{ letters_and_digits(expression) }}, '')
            in ('', 'none', 'notset', 'notprovided', 'null', 'undefined')
            then '(none)'
        else {{ letters_and_digits(expression) }}
    end
{%- endmacro %}

{#- The signals as columns. The arguments are expressions; a signal without one is missing:
    channel_signals(utm_source='utm_source', ...). -#}
{% macro channel_signals() -%}
    {%- for name in channel_signal_names().split(', ') %}
    {%- set expression = kwargs.get(name, "''") %}
    {{ mark_signal(expression) if name in mark_names() else channel_signal(expression) }} as {{ name }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The channel as the source names it; NULL if the source names none. -#}
{% macro channel_name(channel) -%}
    case when {{ mark_signal(channel) }} != '(none)' then lower(trim({{ channel }})) end
{%- endmacro %}

{#- Whether a channel is written as `source / medium`, as in web analytics. -#}
{% macro is_mark_pair(channel) -%}
    (
        {{ channel }} like '%/%'
        and {{ channel }} not like '%/%/%'
        and trim({{ dbt.split_part(channel, "'/'", 1) }}) != ''
        and trim({{ dbt.split_part(channel, "'/'", 2) }}) != ''
    )
{%- endmacro %}

{% macro delivered_mark(channel) -%}
    case when not {{ is_mark_pair(channel) }} then {{ channel }} end
{%- endmacro %}

{% macro source_mark(channel, utm_source) -%}
    case
        when {{ is_mark_pair(channel) }} then {{ dbt.split_part(channel, "'/'", 1) }}
        else {{ utm_source }}
    end
{%- endmacro %}

{% macro medium_mark(channel, utm_medium) -%}
    case
        when {{ is_mark_pair(channel) }} then {{ dbt.split_part(channel, "'/'", 2) }}
        else {{ utm_medium }}
    end
{%- endmacro %}

{#- The canonical mark for all spellings of a platform or medium: `fb` is `facebook`. -#}
{% macro meant_mark(mark) -%}
    coalesce(
        (
            select max({{ letters_and_digits('spellings.mark') }})
            from {{ ref('channel_spellings') }} as spellings
            where {{ letters_and_digits('spellings.spelling') }} = {{ mark }}
        ), {{ mark }}
    )
{%- endmacro %}
