{#- The models of attribution, in the order of the contract. -#}
{% macro attribution_models() -%}
    {{ return([
        'first_touch', 'last_touch', 'last_non_direct', 'linear', 'position_based', 'time_decay',
        'markov',
    ]) }}
{%- endmacro %}

{#- The sum of weights. Added up as decimals: a sum of fractions in binary depends on their order. -#}
{% macro sum_of_weights(weight) -%}
    cast(sum(cast({{ weight }} as decimal(28, 12))) as double)
{%- endmacro %}

{#- The part of a deal's money up to and including a touch, to the cent; the part of the touch is
    this less that of the touch before. So each part is within a cent of its weight, the last touch
    gets what rounding has left, and the parts add up to the money exactly. Expects the columns
    position, path_length, weight, and those that say what is shared out, `of`. -#}
{% macro money_up_to_touch(amount, of='attribution_model, deal_id') -%}
    {%- set part -%}
    cast(
                cast(
                    cast({{ amount }} as double) * sum(weight) over (
                        partition by {{ of }}
                        order by position
                        rows between unbounded preceding and current row
                    ) as {{ hundredths() }}
                ) as {{ money() }}
            )
    {%- endset -%}
    case
        when weight = 1 or position = path_length then {{ amount }}
        -- No part may pass the whole where that is not in whole hundredths.
        when {{ amount }} >= 0 then least({{ part }}, {{ amount }})
        else greatest({{ part }}, {{ amount }})
    end
{%- endmacro %}

{% macro money_of_touch(money_up_to_touch, of='attribution_model, deal_id') -%}
    {{ money_up_to_touch }} - coalesce(
        lag({{ money_up_to_touch }}) over (
            partition by {{ of }}
            order by position
        ), 0
    )
{%- endmacro %}

{#- The start of the window that ends at `ends_at`, by the segment of the customer. -#}
{% macro window_start(segment, ends_at) -%}
    case
        when {{ segment }} = 'b2b'
            then {{ dbt.dateadd('day', '-' ~ var('window_days_b2b'), ends_at) }}
        else {{ dbt.dateadd('day', '-' ~ var('window_days_b2c'), ends_at) }}
    end
{%- endmacro %}
