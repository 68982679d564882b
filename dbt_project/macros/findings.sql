{#- How many months mart_finding looks back on, the month of the as_of day included. -#}
{% macro finding_months() -%} {{ return(13) }} {%- endmacro %}

{#- The expected share of false findings among those of one month. -#}
{% macro false_finding_rate() -%} {{ return(0.05) }} {%- endmacro %}

{#- The least difference of a finding of severity `high`, as a share of what was to be expected: in large
    companies also small differences are no chance. -#}
{% macro least_grave_difference() -%} 0.1 {%- endmacro %}

{#- By how much a period has to end off its plan to be told, as a share of the plan. -#}
{% macro plan_tolerance() -%} 0.05 {%- endmacro %}

{#- From which share of the purchases of all customers in a year on a customer is a key customer. -#}
{% macro key_customer_share() -%} 0.01 {%- endmacro %}

{#- Months after which all leads and deals of a month are old enough: at the end of the last. -#}
{% macro months_to_mature() -%}
    {{ return([var('maturity_days_b2c') | int, var('maturity_days_b2b') | int] | max // 28 + 1) }}
{%- endmacro %}

{#- Which rows of the mart hold the figures: pairs `column = value`; a value of NULL is left out. -#}
{% macro evidence_key(columns) -%}
    concat_ws(
        ', '
        {%- for column, value in columns.items() %},
        '{{ column }} = ' || cast({{ value }} as string)
        {%- endfor %}
    )
{%- endmacro %}

{#- How grave a finding is. An association is advice; a customer is grave by what is bought. -#}
{% macro finding_severity(finding) -%}
    case
        when {{ finding }}.kind like '%more' or {{ finding }}.kind in ('plan_passed', 'plan_ended_above', 'season_ahead') then 'good'
        when {{ finding }}.kind like 'contact%' then 'low'
        when
            {{ finding }}.q_value <= 0.001
            and ({{ finding }}.kind <> 'client_overdue' or {{ finding }}.subject_type = 'key_customer')
            and abs({{ finding }}.value - {{ finding }}.expected)
            >= {{ least_grave_difference() }} * {{ finding }}.expected
            then 'high'
        when {{ finding }}.q_value <= 0.01 then 'medium'
        else 'low'
    end
{%- endmacro %}

{#- The kinds of findings: by kind the mart that holds the figures, and what it says in English and in
    Russian. In a sentence {who}, {pipeline}, {stage}, {what} and {plan} are names, {subjects} are deals or
    leads, {cohort} is a month; {value} and {expected} are shares in percent,
    {value_days} and {expected_days} the same as whole numbers, {hits} of {trials} counts. -#}
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
            'In {pipeline}, of the {subjects} created in {cohort}, {value} went on from the stage {stage} ({hits} of {trials}); of earlier months {expected} did.',
            'В воронке {pipeline}, месяц создания — {cohort}: с этапа «{stage}» дальше пошли {value} {subjects} ({hits} из {trials}); в прежние месяцы шли {expected}.',
        ),
        'stage_stands_long': (
            'fct_deal_stage_visit',
            'With {who} {value} of the deals stand in the stage {stage} longer than three of four usually do ({hits} of {trials}); with the others {expected} do.',
            '{who}: {value} сделок стоят на этапе «{stage}» дольше, чем обычно стоят три из четырёх ({hits} из {trials}); у остальных таких {expected}.',
        ),
        'campaign_without_leads': (
            'mart_channel_conversion',
            'The campaign {what} brought no lead in three months; the same money would have brought {trials} in other campaigns.',
            'Кампания «{what}» за три месяца не принесла ни одного лида; те же деньги в других кампаниях принесли бы {trials}.',
        ),
        'channel_conversion_falls': (
            'mart_lead_cohort',
            'Of the leads of the channel {channel}, {value} are won within 30 days ({hits} of {trials}); of earlier leads {expected} were.',
            'Из лидов канала {channel} за 30 дней выиграны {value} ({hits} из {trials}); раньше было {expected}.',
        ),
        'plan_missed': (
            'mart_plan_forecast',
            '{plan}: the forecast is {value} of the plan; the plan will almost surely not be met.',
            '{plan}: прогноз {value} плана; план почти наверняка не будет выполнен.',
        ),
        'plan_passed': (
            'mart_plan_forecast',
            '{plan}: the forecast is {value} of the plan; the plan will almost surely be met.',
            '{plan}: прогноз {value} плана; план почти наверняка будет выполнен.',
        ),
        'plan_ended_below': (
            'mart_plan_forecast',
            '{plan}: the period is over at {value} of the plan; the plan was missed.',
            '{plan}: период завершён, факт {value} плана; план не выполнен.',
        ),
        'plan_ended_above': (
            'mart_plan_forecast',
            '{plan}: the period is over at {value} of the plan; the plan was passed.',
            '{plan}: период завершён, факт {value} плана; план перевыполнен.',
        ),
        'season_ahead': (
            'mart_customer_seasonality',
            'A month is near in which a steady client usually buys {value} of what is bought in another month.',
            'Приближается месяц, в который постоянный клиент обычно покупает {value} от покупок другого месяца.',
        ),
        'client_overdue': (
            'mart_customer_360',
            'One of the best clients usually orders every {expected_days} days and has ordered nothing for {value_days}; so long a break is not chance.',
            'Один из лучших клиентов обычно заказывает раз в {expected_days} дн., но последний заказ был {value_days} дн. назад; такой перерыв не случаен.',
        ),
        'contact_wins_more': (
            'mart_contact_effect',
            'Of the deals still open {days} days after their start whose first contact until then is "{what}", {value} are won ({hits} of {trials}); of other such deals of the same mix {expected}. It goes with wins and need not cause them.',
            'Из сделок, ещё открытых через {days} дн. после начала, с первым контактом за это время «{what}» выиграны {value} ({hits} из {trials}); из других таких сделок того же состава — {expected}. Это связь, не обязательно причина.',
        ),
        'contact_wins_less': (
            'mart_contact_effect',
            'Of the deals still open {days} days after their start whose first contact until then is "{what}", {value} are won ({hits} of {trials}); of other such deals of the same mix {expected}. It goes with losses and need not cause them.',
            'Из сделок, ещё открытых через {days} дн. после начала, с первым контактом за это время «{what}» выиграны {value} ({hits} из {trials}); из других таких сделок того же состава — {expected}. Это связь, не обязательно причина.',
        ),
        'product_at_a_loss': (
            'mart_product_margin',
            'The product "{what}" loses money in the shop {shop}: after cost and all fees its margin over two years is {value} of the revenue.',
            'Товар «{what}» в магазине {shop} продаётся в убыток: после себестоимости и всех удержаний маржа за два года составляет {value} выручки.',
        ),
        'product_out_of_stock': (
            'mart_product_margin',
            'The product "{what}" was out of stock in the shop {shop} on {value} of the days of three months; in such a time {trials} units usually sell.',
            'Товара «{what}» в магазине {shop} не было в наличии {value} дней за три месяца; за такое время обычно продаётся {trials} шт.',
        ),
        'advertising_eats_margin': (
            'mart_shop_daily',
            'In the shop {what} advertising takes more than the goods earn: over three months {expected} of the revenue is left before it and {value} after it.',
            'В магазине {what} реклама съедает маржу: за три месяца без расходов на неё осталось бы {expected} выручки, а с ними остаётся {value}.',
        ),
    }) }}
{%- endmacro %}
