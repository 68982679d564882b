{#- The columns that can be summed over days, by group of figures: `scopes` are the columns of
    mart_manager_kpi and mart_department_kpi, `calls` of mart_call_daily, `channels` of
    mart_channel_conversion. For a period other than a day, week or month they are summed. -#}
{% macro additive_columns(figures) -%}
    {%- set of_scopes = manager_counts() | reject('in', [
        'refund_count', 'revenue_known_count', 'revenue_unknown_count',
    ]) | list + [
        'closed_count', 'closed_amount', 'crm_closed_amount', 'calls_in_queued', 'expected_won',
        'won_amount', 'crm_won_amount', 'revenue',
    ] -%}
    {{ return({
        'scopes': of_scopes,
        'calls': [
            'sessions', 'answered', 'missed', 'abandoned_short', 'answer_seconds',
            'answered_timed', 'answered_in_time', 'sla_sessions', 'episodes',
            'episodes_self_recovered', 'episodes_unresolved',
        ],
        'channels': [
            'impressions', 'clicks', 'spend', 'leads', 'qualified_leads', 'mature_leads', 'won',
            'new_customers', 'won_amount', 'revenue', 'gross_profit', 'covered_revenue',
            'estimated_profit', 'cohort_won', 'cohort_new_customers', 'cohort_revenue', 'cohort_gross_profit',
            'assisted_conversions',
        ],
    }[figures]) }}
{%- endmacro %}

{#- Revenue of several rows of int_scopes__periods; `window` is OVER and its window, if any. It is NULL where
    something was won and no amount of it is known, 0 where nothing was won. -#}
{% macro known_revenue(window='') -%}
    case
        when
            coalesce(sum(revenue_known_count) {{ window }}, 0) > 0
            or coalesce(sum(revenue_unknown_count) {{ window }}, 0) = 0
            then coalesce(sum(revenue) {{ window }}, 0)
    end
{%- endmacro %}

{#- Whether a KPI can be counted at all: of what its column, or the columns of its ratio, are made is
    delivered. Expects a row of dim_kpi and of int_forecast__delivered. -#}
{% macro is_kpi_delivered() -%}
    {%- set made_of = {
        'has_calls': [
            'calls_out', 'calls_out_connected', 'calls_in', 'calls_in_answered', 'calls_in_missed',
            'calls_in_queued', 'talk_seconds', 'meaningful_calls', 'missed_episodes',
            'episodes_called_back',
        ] + additive_columns('calls'),
        'has_leads': [
            'leads_taken', 'leads_from_calls', 'leads_never_contacted', 'leads_timed',
            'leads_within_5', 'leads_within_15', 'leads_within_60', 'crm_leads_taken', 'leads',
            'qualified_leads', 'mature_leads',
        ],
        'has_deals': [
            'deals_created', 'open_count', 'won_count', 'lost_count', 'closed_count',
            'crm_won_count', 'crm_closed_count',
            'new_won_count', 'new_closed_count', 'returning_won_count', 'returning_closed_count',
            'expected_won', 'won', 'new_customers', 'cohort_won', 'cohort_new_customers',
            'assisted_conversions',
        ],
        'has_amounts': [
            'won_with_amount_count', 'crm_won_with_amount_count', 'won_amount', 'closed_amount',
            'crm_won_amount', 'crm_closed_amount', 'revenue', 'gross_profit', 'cohort_revenue',
            'cohort_gross_profit', 'covered_revenue', 'estimated_profit',
        ],
        'has_ads': ['impressions', 'clicks', 'spend'],
    } -%}
    case
        {%- for entity, columns in made_of.items() %}
        when
            not {{ entity }}
            and (
                {%- for column in ['column_name', 'numerator_column', 'denominator_column'] %}
                {{ 'or ' if not loop.first }}{{ column }} in ({{ text_list(columns) }})
                {%- endfor %}
            )
            then false
        {%- endfor %}
        else true
    end
{%- endmacro %}
