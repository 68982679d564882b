{#- The campaign mark of a lead or touch: an id or a name; NULL if it has none. -#}
{% macro campaign_mark(expression) -%}
    nullif(lower(trim({{ expression }})), '')
{%- endmacro %}

{#- The campaign found for a mark; `unmapped` if the mark does not identify one campaign of the ads,
    NULL without a mark. Expects the relations `signals` and `campaigns`. -#}
{% macro campaign_or_unmapped() -%}
    case
        when campaigns.campaign_id is not null then campaigns.campaign_id
        when signals.campaign_mark is not null then 'unmapped'
    end
{%- endmacro %}
