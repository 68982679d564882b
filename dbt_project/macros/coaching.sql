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

{#- How likely a gap so much on the worse side is by chance: one-sided, of a normal distribution with the
    margin of the gap's interval on that side. NULL without such a bound. -#}
{% macro worse_by_chance() -%}
    {%- set worse = "(case good_direction when 'down' then -gap else gap end)" -%}
    {%- set margin -%}
        (case good_direction when 'down' then gap - gap_ci_low else gap_ci_high - gap end)
    {%- endset -%}
    case
        when {{ margin }} > 0 then {{ normal_below('(1.96 * ' ~ worse ~ ' / ' ~ margin ~ ')') }}
        when {{ margin }} = 0 then case when {{ worse }} < 0 then 0.0 else 1.0 end
    end
{%- endmacro %}
