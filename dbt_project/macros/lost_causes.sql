{#- Where a group of loss reasons points: to the price, the product, the process of selling, the
    client, or to none of these. -#}
{% macro lost_cause(group_column) -%}
    case {{ group_column }}
        when 'price' then 'price'
        when 'competitor' then 'product'
        when 'terms' then 'product'
        when 'no_contact' then 'process'
        when 'no_need' then 'client'
        when 'unknown' then 'unknown'
        else 'other'
    end
{%- endmacro %}
