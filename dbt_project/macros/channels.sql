{#- Each distinct set of signals of the relation `signals` with the channel and the origin of the
    first rule that matches it. Rules are compared with distinct sets and not with rows, because facts
    have many rows and few sets. -#}
{% macro matched_channels(signals, rules) -%}
    select
        {%- for name in channel_signal_names().split(', ') %}
        signals.{{ name }},
        {%- endfor %}
        rules.origin,
        nullif(rules.channel, 'unattributed') as channel
    from (
        select
            distinct_signals.*
            {%- for name in channel_signal_names().split(', ') if name in mark_names() %},
            {{ meant_mark('distinct_signals.' ~ name) }} as meant_{{ name }}
            {%- endfor %}
        from (
            select distinct {{ channel_signal_names() }}
            from {{ signals }}
        ) as distinct_signals
    ) as signals
    inner join {{ rules }} as rules
        on
            {%- for name in channel_signal_names().split(', ') %}
            {{ 'and ' if not loop.first }}
            {{- rule_takes('rules.' ~ name, 'signals.' ~ ('meant_' if name in mark_names() else '') ~ name) }}
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

{#- The channel of a row of `signals` with its rule in `matched` and its channel in `listed`, the list of
    channels: by the company's own rules, else the paid channel that the source names, else that of the
    campaign, else a site or a channel of free traffic that the source names, else the first of the other
    expressions that is not NULL. -#}
{% macro channel_found(campaign, others) -%}
    case
        when matched.origin = 'company' then matched.channel
        when signals.channel_name is null then coalesce({{ campaign }}, {{ others | join(', ') }})
        when
            {{ campaign }} is not null and matched.origin <> 'rest'
            and (matched.origin = 'site' or not coalesce(listed.is_paid, false))
            then {{ campaign }}
        when matched.origin = 'rest' then signals.channel_name
        else matched.channel
    end
{%- endmacro %}

{#- The host of a referrer in lower case, without port and `www.`; `(direct)` for a visit without a
    referrer: the client did not follow a link. -#}
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
