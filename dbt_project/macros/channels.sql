{#- What a channel rule looks at. A signal that is missing is written `(none)`, so that a rule can
    ask for its absence; `*` at the end of a rule's value takes whatever follows. -#}
{% macro channel_signal_names() -%}
    line_phone, platform, campaign_name, utm_source, utm_medium, source_type, referrer_host
{%- endmacro %}

{#- One signal in the spelling rules are written in: lower case, `(none)` where it is missing. -#}
{% macro channel_signal(expression) -%}
    coalesce(nullif(lower(trim({{ expression }})), ''), '(none)')
{%- endmacro %}

{#- The signals as columns; arguments are expressions, one left out is missing:
    channel_signals(utm_source='utm_source', ...). -#}
{% macro channel_signals() -%}
    {%- for name in channel_signal_names().split(', ') %}
    {{ channel_signal(kwargs.get(name, "''")) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro rule_takes(rule, signal) -%}
    (
        {{ rule }} = {{ signal }}
        or (
            {{ rule }} like '%*'
            and substr({{ rule }}, 1, length({{ rule }}) - 1)
            = substr({{ signal }}, 1, length({{ rule }}) - 1)
        )
    )
{%- endmacro %}

{#- Every distinct set of signals in the relation `signals` with the channel of the first rule that
    takes it. Rules meet distinct sets and not rows: facts are large, their signals are few. -#}
{% macro matched_channels(signals, rules) -%}
    select
        {%- for name in channel_signal_names().split(', ') %}
        signals.{{ name }},
        {%- endfor %}
        nullif(rules.channel, 'unattributed') as channel
    from (
        select distinct {{ channel_signal_names() }}
        from {{ signals }}
    ) as signals
    inner join {{ rules }} as rules
        on
            {%- for name in channel_signal_names().split(', ') %}
            {{ 'and ' if not loop.first }}{{ rule_takes('rules.' ~ name, 'signals.' ~ name) }}
            {%- endfor %}
    qualify
        row_number() over (
            partition by
                {%- for name in channel_signal_names().split(', ') %}
                signals.{{ name }}{{ ',' if not loop.last }}
                {%- endfor %}
            order by rules.priority
        ) = 1
{%- endmacro %}

{#- The host of a referrer in lower case, without port and `www.`; `(direct)` where there is no
    referrer though the visit itself was seen: the client came by no link. -#}
{% macro referrer_host(referrer, is_visit) -%}
    case
        when nullif(trim({{ referrer }}), '') is not null
            then replace(
                split_part(split_part(split_part(split_part(
                    replace(
                        replace(lower(trim({{ referrer }})), 'https://', ''), 'http://', ''
                    ), '/', 1
                ), '?', 1), '#', 1), ':', 1),
                'www.', ''
            )
        when {{ is_visit }} then '(direct)'
    end
{%- endmacro %}
