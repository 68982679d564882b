{#- A text from the config as an SQL literal. -#}
{% macro quoted(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{#- The value of a rule in the spelling of the signals. -#}
{% macro rule_value(signal, expression) -%}
    {%- if signal in mark_names() -%}
    case
        when {{ expression }} in ('*', '(none)') then {{ expression }}
        when {{ expression }} like '%*' then {{ letters_and_digits(expression) }} || '*'
        else {{ meant_mark(letters_and_digits(expression)) }}
    end
    {%- else -%}
    lower(trim({{ expression }}))
    {%- endif -%}
{%- endmacro %}

{#- All channel rules as rows, ordered by `priority`. `origin`: company (from the config), name
    (a name that a source uses for the channel), site (the name of a site or an ad system), shipped, or
    rest (matches everything else). -#}
{% macro channel_rules() -%}
    {%- set names = channel_signal_names().split(', ') -%}
    {%- for rule in var('channel_rules') if rule is mapping %}
    select
        {{ loop.index - 1000000 }} as priority,
        'company' as origin,
        {%- for name in names %}
        {{ rule_value(name, quoted(rule.get(name, '*'))) }} as {{ name }},
        {%- endfor %}
        coalesce(
            (
                select max(channels.channel)
                from {{ ref('channels') }} as channels
                where
                    {{ letters_and_digits('channels.channel') }}
                    = {{ letters_and_digits(quoted(rule['channel'])) }}
            ), lower(trim({{ quoted(rule['channel']) }}))
        ) as channel
    union all
    {%- endfor %}
    select
        0 as priority,
        'name' as origin,
        {%- for name in names if name != 'delivered_channel' %}
        '*' as {{ name }},
        {%- endfor %}
        {{ rule_value('delivered_channel', 'channel') }} as delivered_channel,
        channel
    from {{ ref('channels') }}
    union all
    -- A source may name a channel by one of the UTM marks of its rules; where it names the site alone,
    -- the medium tells whether it was an ad there.
    select
        priority,
        case when utm_source = '*' then 'name' else 'site' end as origin,
        {%- for name in names if name != 'delivered_channel' %}
        {%- if name == 'utm_medium' %}
        case
            when utm_source <> '*' and utm_medium <> '(none)'
                then {{ rule_value('utm_medium', 'utm_medium') | indent(16) }}
            else '*'
        end as utm_medium,
        {%- else %}
        '*' as {{ name }},
        {%- endif %}
        {%- endfor %}
        {{ rule_value(
            'delivered_channel', "case when utm_source = '*' then utm_medium else utm_source end"
        ) | indent(8) }} as delivered_channel,
        channel
    from {{ ref('channel_rules') }}
    where
        platform = '*'
        and campaign_name = '*'
        and source_type = '*'
        and referrer_host = '*'
        and (
            (utm_source not like '%*' and utm_source != '(none)')
            or (utm_source = '*' and utm_medium not like '%*' and utm_medium != '(none)')
        )
    union all
    select
        priority,
        case when {{ takes_everything() }} then 'rest' else 'shipped' end as origin,
        {%- for name in names %}
        {%- if name == 'line_phone' %}
        '*' as line_phone,
        {%- elif name == 'delivered_channel' %}
        case when {{ takes_everything() }} then '*' else '(none)' end as delivered_channel,
        {%- else %}
        {{ rule_value(name, name) | indent(8) }} as {{ name }},
        {%- endif %}
        {%- endfor %}
        channel
    from {{ ref('channel_rules') }}
{%- endmacro %}

{% macro takes_everything() -%}
    concat(platform, campaign_name, utm_source, utm_medium, source_type, referrer_host) = '******'
{%- endmacro %}
