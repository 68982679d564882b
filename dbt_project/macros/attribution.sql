{#- The attribution models, in the order of the contract. -#}
{% macro attribution_models() -%}
    {{ return([
        'first_touch', 'last_touch', 'last_non_direct', 'linear', 'position_based', 'time_decay',
        'markov',
    ]) }}
{%- endmacro %}

{#- The sum of weights, added as decimals: a sum of binary fractions depends on their order. -#}
{% macro sum_of_weights(weight) -%}
    cast(sum(cast({{ weight }} as decimal(28, 12))) as double)
{%- endmacro %}

{#- The part of a deal's money up to and including a touch, rounded to the cent. The part of the touch
    is this value minus that of the touch before. So each part differs from its exact share by less
    than a cent, and the parts add up to the money exactly. Expects the columns position,
    path_length, weight and the columns `of`, which identify the money that is divided. -#}
{% macro money_up_to_touch(amount, of='attribution_model, deal_id') -%}
    {%- set exact -%}
    cast({{ amount }} as double) * sum(weight) over (
                    partition by {{ of }}
                    order by position
                    rows between unbounded preceding and current row
                )
    {%- endset -%}
    {%- set part = 'cast(' ~ as_decimal(exact, hundredths()) ~ ' as ' ~ money() ~ ')' -%}
    case
        when weight = 1 or position = path_length then {{ amount }}
        -- No part may exceed the whole if the whole is not in whole hundredths.
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

{#- Days after which a touch counts half, by the segment of the customer. -#}
{% macro half_life_days(segment) -%}
    case
        when {{ segment }} = 'b2b' then {{ var('decay_half_life_days_b2b') }}
        else {{ var('decay_half_life_days_b2c') }}
    end
{%- endmacro %}

{#- The start of the window that ends at `ends_at`; its length depends on the customer's segment. -#}
{% macro window_start(segment, ends_at) -%}
    case
        when {{ segment }} = 'b2b'
            then {{ dbt.dateadd('day', '-' ~ var('window_days_b2b'), ends_at) }}
        else {{ dbt.dateadd('day', '-' ~ var('window_days_b2c'), ends_at) }}
    end
{%- endmacro %}
