{#- Counts that can be summed over days and over managers. -#}
{% macro manager_counts() -%}
    {{ return([
        'leads_taken', 'leads_from_calls', 'leads_never_contacted', 'leads_timed',
        'leads_within_5', 'leads_within_15', 'leads_within_60', 'crm_leads_taken', 'deals_created',
        'won_count', 'lost_count', 'crm_won_count', 'crm_closed_count', 'new_won_count',
        'new_closed_count', 'returning_won_count', 'returning_closed_count',
        'won_with_amount_count', 'crm_won_with_amount_count',
        'refund_count', 'revenue_known_count', 'revenue_unknown_count',
        'calls_out', 'calls_out_connected', 'calls_in', 'calls_in_answered',
        'calls_in_missed', 'talk_seconds', 'meaningful_calls', 'missed_episodes',
        'episodes_called_back',
    ]) }}
{%- endmacro %}

{#- Amounts that can be summed over days and over managers. -#}
{% macro manager_amounts() -%}
    {{ return([
        'won_amount', 'lost_amount', 'crm_won_amount', 'crm_lost_amount', 'refund_amount',
        'revenue',
    ]) }}
{%- endmacro %}
