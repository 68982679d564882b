{#- What a channel rule looks at. A signal that is missing is written `(none)`, so that a rule can
    ask for its absence; `*` at the end of a rule's value takes whatever follows. -#}
{% macro channel_signal_names() -%}
    line_phone, platform, campaign_name, utm_source, utm_medium, source_type, referrer_host, delivered_channel
{%- endmacro %}

{#- Signals with free spelling: capitals, spaces and punctuation are ignored in them. -#}
{% macro mark_names() -%}
    platform, utm_source, utm_medium, delivered_channel
{%- endmacro %}

{#- A text in lower case; `(none)` where it is missing. -#}
{% macro channel_signal(expression) -%}
    coalesce(nullif(lower(trim({{ expression }})), ''), '(none)')
{%- endmacro %}

{#- A mark without all that its spellings differ in; `(none)` where it is missing or says so. -#}
{% macro mark_signal(expression) -%}
    case
        when
            coalesce({{ letters_and_digits(expression) }}, '')
            in ('', 'none', 'notset', 'notprovided', 'null', 'undefined')
            then '(none)'
        else {{ letters_and_digits(expression) }}
    end
{%- endmacro %}

{#- The signals as columns; arguments are expressions, one left out is missing:
    channel_signals(utm_source='utm_source', ...). -#}
{% macro channel_signals() -%}
    {%- for name in channel_signal_names().split(', ') %}
    {%- set expression = kwargs.get(name, "''") %}
    {{ mark_signal(expression) if name in mark_names() else channel_signal(expression) }} as {{ name }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The channel as the source names it; NULL where the source has none. -#}
{% macro channel_name(channel) -%}
    case when {{ mark_signal(channel) }} != '(none)' then lower(trim({{ channel }})) end
{%- endmacro %}

{#- Whether a channel is written as web analytics does, `source / medium`: it is read as the two. -#}
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
