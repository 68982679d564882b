{#- Numbers and periods in sentences. -#}

{#- A whole number in groups of three digits: 4,227,246 in English, 4 227 246 in Russian. -#}
{% macro grouped_digits(number, language) -%}
    {%- set comma = {'en': ',', 'ru': ' '}[language] -%}
    {%- set whole = 'abs(cast(round(' ~ number ~ ', 0) as bigint))' -%}
    {%- set texts = [] -%}
    {%- for unit in [1000000000, 1000000, 1000] -%}
        {%- set above = 'cast(floor(' ~ whole ~ ' / ' ~ unit ~ ') as bigint)' -%}
        {%- set first = 'cast(' ~ above ~ ' as string)' -%}
        {%- set next = 'lpad(cast(mod(' ~ above ~ ", 1000) as string), 3, '0')" -%}
        {%- do texts.append([unit, first, next]) -%}
    {%- endfor -%}
    case when round({{ number }}, 0) < 0 then '-' else '' end
    || case
        {%- for unit, first, _ in texts %}
        when {{ whole }} >= {{ unit }}
            then {{ first }}
            {%- for _, _, next in texts[loop.index:] %}
            || '{{ comma }}' || {{ next }}
            {%- endfor %}
            || '{{ comma }}' || lpad(cast(mod({{ whole }}, 1000) as string), 3, '0')
        {%- endfor %}
        else cast({{ whole }} as string)
    end
{%- endmacro %}

{#- A month in a sentence: June 2026, июнь 2026. -#}
{% macro month_in_words(day, language) -%}
    {%- set names = {
        'en': [
            'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September',
            'October', 'November', 'December',
        ],
        'ru': [
            'январь', 'февраль', 'март', 'апрель', 'май', 'июнь', 'июль', 'август', 'сентябрь',
            'октябрь', 'ноябрь', 'декабрь',
        ],
    }[language] -%}
    case extract(month from {{ day }})
        {%- for name in names %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end || ' ' || cast(extract(year from {{ day }}) as string)
{%- endmacro %}

{#- A quarter in a sentence: Q2 2026, 2 квартал 2026. -#}
{% macro quarter_in_words(day, language) -%}
    {%- set before, after = {'en': ('Q', ' '), 'ru': ('', ' квартал ')}[language] -%}
    '{{ before }}' || cast(extract(quarter from {{ day }}) as string)
    || '{{ after }}' || cast(extract(year from {{ day }}) as string)
{%- endmacro %}
