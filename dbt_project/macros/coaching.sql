{#- The KPIs of mart_coaching that are shares: the relation, numerator and denominator of each. -#}
{% macro coached_shares() -%}
    {{ return({
        'win_rate': ('periods', 'crm_won_count', 'crm_closed_count'),
        'missed_rate': ('periods', 'calls_in_missed', 'calls_in_queued'),
        'callback_rate': ('periods', 'episodes_called_back', 'missed_episodes'),
        'speed_to_lead_within_15_share': ('periods', 'leads_within_15', 'leads_timed'),
        'sla_share': ('calls', 'answered_in_time', 'sla_sessions'),
    }) }}
{%- endmacro %}

{#- Which samples show the value of a KPI, see int_coaching__samples. -#}
{% macro coached_sample_kind(kpi_column) -%}
    case {{ kpi_column }}
        when 'win_rate' then 'lost_deal'
        when 'mix_index' then 'lost_deal'
        when 'average_check' then 'small_deal'
        when 'sales_cycle_median_days' then 'long_deal'
        when 'speed_to_lead_p50_minutes' then 'slow_lead'
        when 'speed_to_lead_within_15_share' then 'slow_lead'
        when 'missed_rate' then 'missed_call'
        when 'sla_share' then 'late_call'
        when 'callback_rate' then 'forgotten_call'
    end
{%- endmacro %}
