{#- How a sentence names what the ids of a finding are codes of. -#}
{% macro finding_words(language) -%}
    {{ return({
        'en': {
            'company': 'The company', 'competitor': 'a competitor', 'no_contact': 'no contact',
            'no_need': 'no need',
        },
        'ru': {
            'company': 'Компания', 'price': 'цена', 'competitor': 'конкурент',
            'no_contact': 'нет связи', 'no_need': 'нет потребности', 'terms': 'условия',
            'duplicate': 'дубль', 'junk': 'мусор', 'other': 'другое', 'call': 'звонок',
            'email': 'письмо', 'chat': 'чат', 'meeting': 'встреча',
        },
    }[language]) }}
{%- endmacro %}

{#- How a sentence names the parts of a plan: `revenue, month 2026-06-01`. -#}
{% macro finding_plan_words(language) -%}
    {{ return({
        'en': {
            'won_count': 'won deals', 'won_with_amount_count': 'won deals with an amount',
            'average_check': 'average check', 'month ': 'month from ', 'quarter ': 'quarter from ',
        },
        'ru': {
            'revenue': 'выручка', 'won_count': 'выигранные сделки',
            'won_with_amount_count': 'выигранные сделки с суммой', 'average_check': 'средний чек',
            'calls': 'исходящие звонки', 'leads': 'лиды', 'month ': 'месяц с ', 'quarter ': 'квартал с ',
        },
    }[language]) }}
{%- endmacro %}

{#- A name or code as the word of the language, where it has one. -#}
{% macro finding_word(code, language) -%}
    case {{ code }}
        {%- for word, shown in finding_words(language).items() %}
        when '{{ word }}' then '{{ shown }}'
        {%- endfor %}
        else {{ code }}
    end
{%- endmacro %}

{#- The plan of a finding in words. -#}
{% macro finding_plan(language) -%}
    {%- set shown = namespace(sql="replace(detail, 'company, ', '" ~ finding_words(language)['company'] ~ ", ')") -%}
    {%- for code, word in finding_plan_words(language).items() -%}
        {%- set end = '' if code.endswith(' ') else ',' -%}
        {%- set shown.sql = "replace(" ~ shown.sql ~ ", ', " ~ code ~ end ~ "', ', " ~ word ~ end ~ "')" -%}
    {%- endfor -%}
    {{ shown.sql }}
{%- endmacro %}

{#- A sentence of finding_kinds() as an SQL expression over the columns of a finding. -#}
{% macro finding_sentence(template, language) -%}
    {%- set names = {
        'who': "coalesce(manager_name, " ~ finding_word('detail', language) ~ ", '?')",
        'pipeline': "coalesce(pipeline_name, pipeline_id, '?')",
        'stage': "coalesce(stage_name, stage_id, '?')",
        'what': "coalesce(campaign_name, product_name, "
            ~ finding_word("replace(detail, 'first_contact ', '')", language) ~ ", '?')",
        'channel': "coalesce(detail, '?')",
        'plan': "coalesce(" ~ finding_plan(language) ~ ", '?')",
        'value': "cast(cast(round(100 * value) as bigint) as varchar) || ' %'",
        'expected': "coalesce(cast(cast(round(100 * expected) as bigint) as varchar), '?') || ' %'",
        'hits': 'cast(hits as varchar)',
        'trials': 'cast(trials as varchar)',
    } -%}
    {%- set sentence = namespace(sql="'" ~ template ~ "'") -%}
    {%- for name, expression in names.items() -%}
        {%- set sentence.sql = sentence.sql | replace('{' ~ name ~ '}', "' || " ~ expression ~ " || '") -%}
    {%- endfor -%}
    {{ sentence.sql }}
{%- endmacro %}
