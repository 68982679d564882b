{#- How a sentence names what the ids of a finding are codes of. -#}
{% macro finding_words(language) -%}
    {{ return({
        'en': {
            'company': 'The company', 'unassigned': 'Sales of no department', 'competitor': 'a competitor', 'no_contact': 'no contact',
            'no_need': 'no need',
        },
        'ru': {
            'company': 'Компания', 'unassigned': 'Продажи без отдела', 'price': 'цена', 'competitor': 'конкурент',
            'no_contact': 'нет связи', 'no_need': 'нет потребности', 'terms': 'условия',
            'duplicate': 'дубль', 'junk': 'мусор', 'other': 'другое', 'call': 'звонок',
            'email': 'письмо', 'chat': 'чат', 'meeting': 'встреча',
        },
    }[language]) }}
{%- endmacro %}

{#- How a sentence names the parts of a plan: `revenue, June 2026`. -#}
{% macro finding_plan_words(language) -%}
    {{ return({
        'en': {
            'won_count': 'won deals', 'won_with_amount_count': 'won deals with an amount',
            'average_check': 'average check',
        },
        'ru': {
            'revenue': 'выручка', 'won_count': 'выигранные сделки',
            'won_with_amount_count': 'выигранные сделки с суммой', 'average_check': 'средний чек',
            'calls': 'исходящие звонки', 'leads': 'лиды',
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

{#- What goes through the pipeline of a finding. -#}
{% macro finding_subjects(language) -%}
    {%- set leads, deals = {'en': ('leads', 'deals'), 'ru': ('лидов', 'сделок')}[language] -%}
    case pipeline_kind when 'lead' then '{{ leads }}' else '{{ deals }}' end
{%- endmacro %}

{#- The plan of a finding in words. -#}
{% macro finding_plan(language) -%}
    {%- set shown = namespace(sql='detail') -%}
    {%- for scope in ['company', 'unassigned'] -%}
        {%- set word = finding_words(language)[scope] -%}
        {%- set shown.sql = "replace(" ~ shown.sql ~ ", '" ~ scope ~ ", ', '" ~ word ~ ", ')" -%}
    {%- endfor -%}
    {%- for code, word in finding_plan_words(language).items() -%}
        {%- set shown.sql = "replace(" ~ shown.sql ~ ", ', " ~ code ~ ",', ', " ~ word ~ ",')" -%}
    {%- endfor -%}
    {#- The period of the plan is that in which the month of the finding is, or the one before. -#}
    {%- set periods = {'month': (month_in_words, 1), 'quarter': (quarter_in_words, 3)} -%}
    {%- for grain, (in_words, months) in periods.items() -%}
        {%- for earlier in [0, months] -%}
            {%- set day = dbt.dateadd('month', -earlier, 'period_start') if earlier else 'period_start' -%}
            {%- set code = "', " ~ grain ~ " ' || cast(" ~ period_start(grain, day) ~ " as string)" -%}
            {%- set word = "', ' || " ~ in_words(day, language) -%}
            {%- set shown.sql = "replace(" ~ shown.sql ~ ", " ~ code ~ ", " ~ word ~ ")" -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ shown.sql }}
{%- endmacro %}

{#- A share in per cent, in Russian with the sign of minus. -#}
{% macro finding_percent(share, language) -%}
    {%- set number = 'cast(cast(round(100 * ' ~ share ~ ') as bigint) as string)' -%}
    {{ "replace(" ~ number ~ ", '-', '\u2212')" if language == 'ru' else number }} || ' %'
{%- endmacro %}

{#- A sentence of finding_kinds() as an SQL expression over the columns of a finding. -#}
{% macro finding_sentence(template, language) -%}
    {%- set names = {
        'who': "coalesce(manager_name, " ~ finding_word('detail', language) ~ ", '?')",
        'pipeline': "coalesce(pipeline_name, pipeline_id, '?')",
        'stage': "coalesce(stage_name, stage_id, '?')",
        'what': "coalesce(campaign_name, product_name, product_id, "
            ~ finding_word("replace(detail, 'first_contact ', '')", language) ~ ", '?')",
        'channel': "coalesce(detail, '?')",
        'shop': dbt.split_part('detail', "'/'", 1),
        'plan': "coalesce(" ~ finding_plan(language) ~ ", '?')",
        'value': finding_percent('value', language),
        'expected': "coalesce(" ~ finding_percent('expected', language) ~ ", '?')",
        'value_days': "cast(cast(round(value) as bigint) as string)",
        'expected_days': "cast(cast(round(expected) as bigint) as string)",
        'hits': grouped_digits('hits', language),
        'trials': grouped_digits('trials', language),
        'days': "'" ~ var('landmark_days') ~ "'",
        'cohort': month_in_words(
            dbt.dateadd('month', -months_to_mature(), 'period_start'), language
        ),
        'subjects': finding_subjects(language),
    } -%}
    {%- set sentence = namespace(sql="'" ~ template ~ "'") -%}
    {%- for name, expression in names.items() -%}
        {%- set sentence.sql = sentence.sql | replace('{' ~ name ~ '}', "' || (" ~ expression ~ ") || '") -%}
    {%- endfor -%}
    {{ sentence.sql }}
{%- endmacro %}
