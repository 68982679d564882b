{#- State of a deal in a stage of the semantics: open, won or lost. -#}
{% macro stage_outcome(semantics) -%}
    case when {{ semantics }} = 'post_won' then 'won' else {{ semantics }} end
{%- endmacro %}

{#- Whether a stage gives its pipeline to an event that names the stage alone. -#}
{% macro is_first_of_id() -%}
    row_number() over (partition by stage_id order by pipeline_id) = 1
{%- endmacro %}
