{#- The columns that can be summed over days, by group of figures: `scopes` are the columns of
    mart_manager_kpi and mart_department_kpi, `calls` of mart_call_daily, `channels` of
    mart_channel_conversion. For a period other than a day, week or month they are summed. -#}
{% macro additive_columns(figures) -%}
    {%- set of_scopes = manager_counts() | reject('in', [
        'refund_count', 'revenue_known_count', 'revenue_unknown_count',
    ]) | list + [
        'closed_count', 'closed_amount', 'calls_in_queued', 'expected_won', 'won_amount', 'revenue',
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
            'new_customers', 'won_amount', 'revenue', 'gross_profit', 'cohort_won',
            'cohort_new_customers', 'cohort_revenue', 'cohort_gross_profit',
            'assisted_conversions',
        ],
    }[figures]) }}
{%- endmacro %}
