{#- How many months mart_finding looks back on, the month of the as_of day included. -#}
{% macro finding_months() -%} {{ return(13) }} {%- endmacro %}

{#- The expected share of false findings among those of one month. -#}
{% macro false_finding_rate() -%} {{ return(0.05) }} {%- endmacro %}

{#- The kinds of findings: by kind the mart that holds the figures, and what it says in English and in
    Russian. In a sentence {who}, {pipeline}, {stage} and {what} are names; {value} and {expected} are
    shares in percent, {hits} of {trials} their counts. -#}
{% macro finding_kinds() -%}
    {%- set wins = (
        'mart_manager_kpi',
        '{who} won {value} of the deals closed in three months ({hits} of {trials}); the peers would have won {expected} with the same clients.',
        '{who}: выиграно {value} закрытых за три месяца сделок ({hits} из {trials}); коллеги с теми же клиентами выиграли бы {expected}.',
    ) -%}
    {%- set answers = (
        'mart_manager_kpi',
        '{who} called or wrote to {value} of the leads of three months within 15 working minutes ({hits} of {trials}); the colleagues {expected}.',
        '{who}: {value} лидов за три месяца получили звонок или сообщение за 15 рабочих минут ({hits} из {trials}); у коллег {expected}.',
    ) -%}
    {{ return({
        'manager_wins_less': wins,
        'manager_wins_more': wins,
        'manager_answers_less': answers,
        'manager_answers_more': answers,
        'win_rate_falls': (
            'mart_department_kpi',
            '{who} won {value} of the deals closed in the month ({hits} of {trials}); in the months before it was {expected}.',
            '{who}: выиграно {value} закрытых за месяц сделок ({hits} из {trials}); в предыдущие месяцы было {expected}.',
        ),
        'lost_reason_grows': (
            'mart_lost_reason',
            'In {pipeline} the reason "{what}" makes {value} of the losses of three months ({hits} of {trials}); in the six months before it made {expected}.',
            'В воронке {pipeline} причина «{what}» даёт {value} потерь за три месяца ({hits} из {trials}); за шесть месяцев до того было {expected}.',
        ),
        'step_conversion_falls': (
            'mart_funnel_stage',
            'In {pipeline} {value} of the deals go on from the stage {stage} ({hits} of {trials}); of earlier cohorts {expected} did.',
            'В воронке {pipeline} с этапа {stage} дальше идут {value} сделок ({hits} из {trials}); из прежних когорт шли {expected}.',
        ),
        'stage_stands_long': (
            'fct_deal_stage_visit',
            'With {who} {value} of the deals stand in the stage {stage} longer than three of four usually do ({hits} of {trials}); with the others {expected}.',
            '{who}: {value} сделок стоят на этапе {stage} дольше, чем обычно три из четырёх ({hits} из {trials}); у остальных {expected}.',
        ),
        'campaign_without_leads': (
            'mart_channel_conversion',
            'The campaign {what} brought no lead in three months; the same money brings {trials} in the other campaigns.',
            'Кампания {what} за три месяца не принесла ни одного лида; те же деньги в других кампаниях дают {trials}.',
        ),
        'channel_conversion_falls': (
            'mart_lead_cohort',
            'Of the leads of the channel {what}, {value} are won within 30 days ({hits} of {trials}); of earlier leads {expected} were.',
            'Из лидов канала {what} за 30 дней выиграны {value} ({hits} из {trials}); раньше было {expected}.',
        ),
        'plan_missed': (
            'mart_plan_forecast',
            '{who}: the forecast is {value} of the plan; the plan will surely not be met.',
            '{who}: прогноз {value} от плана; план почти наверняка не будет выполнен.',
        ),
        'plan_passed': (
            'mart_plan_forecast',
            '{who}: the forecast is {value} of the plan; the plan will surely be met.',
            '{who}: прогноз {value} от плана; план почти наверняка будет выполнен.',
        ),
        'contact_wins_more': (
            'mart_contact_effect',
            'Deals with the contact "{what}" are won in {value} of {trials} cases; other deals of the same mix {expected}. It goes with wins and need not cause them.',
            'Сделки с контактом «{what}» выиграны в {value} из {trials} случаев; другие сделки того же состава {expected}. Это связь, а не причина.',
        ),
        'contact_wins_less': (
            'mart_contact_effect',
            'Deals with the contact "{what}" are won in {value} of {trials} cases; other deals of the same mix {expected}. It goes with losses and need not cause them.',
            'Сделки с контактом «{what}» выиграны в {value} из {trials} случаев; другие сделки того же состава {expected}. Это связь, а не причина.',
        ),
    }) }}
{%- endmacro %}

{#- A sentence of finding_kinds() as an SQL expression over the columns of a finding. -#}
{% macro finding_sentence(template) -%}
    {%- set names = {
        'who': "coalesce(manager_name, detail, '?')",
        'pipeline': "coalesce(pipeline_name, pipeline_id, '?')",
        'stage': "coalesce(stage_name, stage_id, '?')",
        'what': "coalesce(campaign_name, detail, '?')",
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
