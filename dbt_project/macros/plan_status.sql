{#- What mart_plan_forecast says of a plan: colours, chances and the reason in words. -#}

{#- How far a plan is above the middle of a forecast, as the value of a normal distribution on each side of it
    through the bounds of the interval. NULL without plan or interval. -#}
{% macro plan_z(plan, row) -%}
    {%- set middle = '(' ~ row ~ '.forecast + ' ~ row ~ '.z_middle * ' ~ row ~ '.deviation)' -%}
    1.2815516 * (cast({{ plan }} as double) - {{ middle }}) / nullif({{ row }}.deviation * case
        when {{ plan }} >= {{ middle }} then {{ row }}.z_high - {{ row }}.z_middle
        else {{ row }}.z_middle - {{ row }}.z_low
    end, 0)
{%- endmacro %}

{#- The chance that the period ends at or above the plan. Expects the columns kpi_id and plan_z, and those
    of the fact and of the forecast on the day. -#}
{% macro chance_of(plan, fact, forecast) -%}
    case
        when kpi_id <> 'average_check' and {{ plan }} <= {{ fact }} then 1.0
        when plan_z is not null then 1 - {{ normal_below('plan_z') }}
        when {{ plan }} <= {{ forecast }} then 1.0
        when {{ plan }} > {{ forecast }} then 0.0
    end
{%- endmacro %}

{#- The fifth of a chance, 0 to 4: chances of one fifth are corrected alike. -#}
{% macro chance_band(chance) -%}
    cast(least(4, floor(5 * ({{ chance }}))) as integer)
{%- endmacro %}

{#- A chance with its odds times a factor; what is sure stays so. -#}
{% macro corrected_chance(chance, odds_factor) -%}
    case
        when {{ chance }} > 0 and {{ chance }} < 1
            then 1 / (1 + (1 - {{ chance }}) / ({{ chance }} * coalesce({{ odds_factor }}, 1.0)))
        else {{ chance }}
    end
{%- endmacro %}

{#- green, yellow, red or none. A period that is over is judged by its fact, an open one by the bounds of
    its forecast; where there is no interval, by the share of the plan that is forecast. -#}
{% macro status_color() -%}
    case
        when plan is null or plan = 0 or uncovered_fact is not null then 'none'
        when is_over and fact is null then 'none'
        when is_over
            then case
                when good_direction = 'down' and fact <= plan then 'green'
                when good_direction <> 'down' and fact >= plan then 'green'
                else 'red'
            end
        when forecast is null then 'none'
        when forecast_low is not null
            then case
                when good_direction = 'down' and forecast_high <= plan then 'green'
                when good_direction = 'down' and forecast_low > plan then 'red'
                when good_direction <> 'down' and forecast_low >= plan then 'green'
                when good_direction <> 'down' and forecast_high < plan then 'red'
                else 'yellow'
            end
        when good_direction = 'down'
            then case
                when forecast <= plan then 'green' when forecast <= 1.2 * plan then 'yellow'
                else 'red'
            end
        else case
            when forecast >= plan then 'green' when forecast >= 0.8 * plan then 'yellow' else 'red'
        end
    end
{%- endmacro %}

{#- A number of a plan in a sentence: whole where it is, or has three digits or more, or counts something,
    else with two places. The bound of a count is the whole number below it. Money has its currency. -#}
{% macro in_words(value, language, is_bound=false, has_unit=true) -%}
    case
        when unit = 'count'
            then {{ grouped_digits('floor(' ~ value ~ ')' if is_bound else value, language) }}
        when abs({{ value }}) >= 100 or {{ value }} = round({{ value }}, 0)
            then {{ grouped_digits(value, language) }}
        else cast(cast({{ value }} as decimal(10, 2)) as string)
    end
    {%- if has_unit %}
    || case when unit = 'base_currency' then ' {{ var("base_currency") }}' else '' end
    {%- endif %}
{%- endmacro %}

{#- Why the colour is what it is, in `language`: ru or en. Expects the columns of mart_plan_forecast. -#}
{% macro color_reason(language) -%}
    {%- set plan, fact = in_words('plan', language), in_words('fact', language) -%}
    {%- set forecast = in_words('forecast', language) -%}
    {%- set low = in_words('forecast_low', language, is_bound=true, has_unit=false) -%}
    {%- set high = in_words('forecast_high', language, is_bound=true) -%}
    {%- set uncovered = grouped_digits('uncovered_fact', language)
        ~ " || case when unit = 'base_currency' then ' " ~ var('base_currency') ~ "' else '' end" -%}
    {%- set chance = 'cast(cast(round(100 * plan_probability, 0) as integer) as string)' -%}
    {%- set words = {
        'en': {
            'no_plan': 'There is no plan.', 'zero': 'The plan is 0.',
            'ahead': 'The period has not begun.',
            'not_delivered': 'No source delivers what this KPI is counted from.',
            'uncovered': [
                'The plan adds up plans of departments or managers and leaves out ',
                ' of the fact, from those without a plan.',
            ],
            'unknown': 'There is no fact to forecast from.',
            'over': ['The period is over: fact ', ', plan ', '.'],
            'green': ['Even the lower bound of the forecast meets the plan: ', ' to ', ', plan ', '.'],
            'red': ['Even the upper bound of the forecast misses the plan: ', ' to ', ', plan ', '.'],
            'yellow': ['The plan lies inside the forecast: ', ' to ', ', plan ', ', chance ', ' %.'],
            'simple': ['Forecast ', ' of a plan of ', ', without an interval.'],
            'left': [' Last working day of the manager: ', '.'],
        },
        'ru': {
            'no_plan': 'Плана нет.', 'zero': 'План равен 0.',
            'ahead': 'Период ещё не начался.',
            'not_delivered': 'Ни один источник не передаёт данные для этого показателя.',
            'uncovered': [
                'План складывается из планов отделов или менеджеров и не охватывает ',
                ' факта: у остальных плана нет.',
            ],
            'unknown': 'Нет факта, по которому строить прогноз.',
            'over': ['Период закончен: факт ', ', план ', '.'],
            'green': ['План выполняется даже по нижней границе прогноза: от ', ' до ', ', план ', '.'],
            'red': ['План не выполняется даже по верхней границе прогноза: от ', ' до ', ', план ', '.'],
            'yellow': ['План внутри интервала прогноза: от ', ' до ', ', план ', ', вероятность ', ' %.'],
            'simple': ['Прогноз ', ' при плане ', ', интервала нет.'],
            'left': [' Последний рабочий день менеджера: ', '.'],
        },
    }[language] -%}
    case
        when plan is null then '{{ words.no_plan }}'
        when plan = 0 then '{{ words.zero }}'
        when fact_status = 'not_started' then '{{ words.ahead }}'
        when fact_status = 'not_delivered' then '{{ words.not_delivered }}'
        when uncovered_fact is not null
            then {{ in_sentence(words.uncovered, [uncovered]) }}
        when status_color = 'none' then '{{ words.unknown }}'
        when is_over
            then {{ in_sentence(words.over, [fact, plan]) }}
        when forecast_low is null
            then {{ in_sentence(words.simple, [forecast, plan]) }}
        {%- for color in ['green', 'red', 'yellow'] %}
        when status_color = '{{ color }}'
            then {{ in_sentence(words[color], [low, high, plan, chance]) }}
        {%- endfor %}
    end
    || case
        when plan is not null and left_on is not null
            then {{ in_sentence(words.left, ['cast(left_on as string)']) }}
        else ''
    end
{%- endmacro %}

{#- Words with values between them; values beyond the last gap are left out. -#}
{% macro in_sentence(words, values) -%}
    concat(
        {%- for word in words -%}
        '{{ word }}'{% if not loop.last %}, {{ values[loop.index0] }}, {% endif %}
        {%- endfor -%}
    )
{%- endmacro %}

{#- A list of texts as SQL, a line each. -#}
{% macro text_list(texts) -%}
    {%- for text in texts %}
    '{{ text }}'{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
