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

{#- The digits of a company's own line; in Russia the trunk prefix 8 and the code 7 are one. -#}
{% macro line_digits(line_phone) -%}
    {%- set digits = only_digits(line_phone) -%}
    {%- if var('country') == 'RU' -%}
    case
        when length({{ digits }}) = 11 and {{ digits }} like '8%'
            then '7' || substr({{ digits }}, 2)
        else {{ digits }}
    end
    {%- else -%}
    {{ digits }}
    {%- endif -%}
{%- endmacro %}

{% macro only_digits(expression) -%}
    {{ adapter.dispatch('only_digits', 'voronka')(expression) }}
{%- endmacro %}

{% macro duckdb__only_digits(expression) -%}
    regexp_replace({{ expression }}, '[^0-9]', '', 'g')
{%- endmacro %}

{% macro spark__only_digits(expression) -%}
    regexp_replace({{ expression }}, '[^0-9]', '')
{%- endmacro %}

{#- What a lead or a touch calls its campaign: an id or a name; NULL where it names none. -#}
{% macro campaign_mark(expression) -%}
    nullif(lower(trim({{ expression }})), '')
{%- endmacro %}

{#- The campaign found for a mark; `unmapped` where a mark leads to no one campaign of the ads,
    NULL where there is no mark. Expects the relations `signals` and `campaigns`. -#}
{% macro campaign_or_unmapped() -%}
    case
        when campaigns.campaign_id is not null then campaigns.campaign_id
        when signals.campaign_mark is not null then 'unmapped'
    end
{%- endmacro %}

{#- Whether an ad day lies outside the days that platforms still correct: a day before the as_of day
    less the restatement days. -#}
{% macro is_final_day(date_column) -%}
    {%- set days = var('ad_restatement_days') | int -%}
    {{ date_column }} < {{ dbt.dateadd('day', -days, as_of_date()) }}
{%- endmacro %}

{#- The models of attribution, in the order of the contract. -#}
{% macro attribution_models() -%}
    {{ return([
        'first_touch', 'last_touch', 'last_non_direct', 'linear', 'position_based', 'time_decay',
        'markov',
    ]) }}
{%- endmacro %}

{#- The sum of weights. Added up as decimals: a sum of fractions in binary depends on their order. -#}
{% macro sum_of_weights(weight) -%}
    cast(sum(cast({{ weight }} as decimal(28, 12))) as double)
{%- endmacro %}

{#- The part of a deal's money up to and including a touch, to the cent; the part of the touch is
    this less that of the touch before. So each part is within a cent of its weight, the last touch
    gets what rounding has left, and the parts add up to the money exactly. Expects the columns
    attribution_model, deal_id, position, path_length, weight. -#}
{% macro money_up_to_touch(amount) -%}
    case
        when weight = 1 or position = path_length then {{ amount }}
        else cast(
            {{ amount }} * sum(weight) over (
                partition by attribution_model, deal_id
                order by position
                rows between unbounded preceding and current row
            ) as decimal(18, 2)
        )
    end
{%- endmacro %}

{% macro money_of_touch(money_up_to_touch) -%}
    {{ money_up_to_touch }} - coalesce(
        lag({{ money_up_to_touch }}) over (
            partition by attribution_model, deal_id
            order by position
        ), 0
    )
{%- endmacro %}

{#- The last day whose leads of a segment are old enough to be judged. -#}
{% macro last_mature_day(segment) -%}
    {%- set days = var('maturity_days_' ~ segment) | int -%}
    {{ dbt.dateadd('day', -days, as_of_date()) }}
{%- endmacro %}
