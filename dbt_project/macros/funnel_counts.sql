{#- The counts of a stage, each with the condition on a subject that climbed to it. -#}
{% macro funnel_counts() -%}
    {{ return({
        'reached_count': "is_reached",
        'step_numerator': "is_converted",
        'advanced_count': "is_reached and ended_as = 'advanced'",
        'lost_here_count': "is_reached and ended_as = 'lost'",
        'lost_unknown_count': "is_reached and ended_as = 'lost_unknown'",
        'moved_back_count': "is_reached and ended_as = 'moved_back'",
        'moved_pipeline_count': "is_reached and ended_as = 'moved_pipeline'",
        'open_here_count': "is_reached and ended_as = 'open'",
        'ever_moved_back_count': "is_reached and has_moved_back",
        'reached_later_count': "is_reached_later",
        'skipped_count': "is_reached_later and not is_entered",
    }) }}
{%- endmacro %}
