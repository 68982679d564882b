{#- Every distinct set of signals in the relation `signals` with the channel of the first rule that
    takes it, and the origin of that rule. Rules meet distinct sets and not rows: facts are large,
    their signals are few. -#}
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

{#- The channel of a row of `signals` with its rule in `matched`: the company's own rules first, then
    what the source says, then the other expressions, of which the first that is known counts. -#}
{% macro channel_found(others) -%}
    case
        when matched.origin = 'company' then matched.channel
        when signals.channel_name is null then coalesce({{ others | join(', ') }})
        when matched.origin = 'rest' then signals.channel_name
        else matched.channel
    end
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
