{%- set key = 'segment, client_type, feature, feature_value' -%}
with

features as (select * from {{ ref('int_deal_contacts__features') }}),

mix as (select * from {{ ref('int_deal_contacts__mix') }}),

summed as (
    select
        {{ key }},
        count(*) as deals_count,
        count(*) filter (where is_won) as won_count,
        {{ median('cycle_days') }} as cycle_median_days
    from features
    group by {{ key }}
),

-- The rate of the peers is uncertain, too: the interval is that of fewer deals.
weighted as (
    select
        {{ key }},
        summed.deals_count,
        summed.won_count,
        summed.cycle_median_days,
        mix.expected_won,
        mix.usual_win_rate,
        {{ safe_divide('summed.won_count', 'summed.deals_count') }} as win_rate,
        {{ safe_divide(
            'summed.deals_count * summed.deals_count', 'summed.deals_count + mix.peers_weight'
        ) }}
            as deals_weight,
        {{ safe_divide('summed.deals_count', 'mix.expected_won') }} * mix.usual_win_rate
            as adjustment
    from summed
    left join mix using ({{ key }})
),

final as (
    select
        {{ key }},
        deals_count,
        won_count,
        win_rate,
        {{ wilson_low('won_count', 'deals_count') | indent(8) }} as win_rate_ci_low,
        {{ wilson_high('won_count', 'deals_count') | indent(8) }} as win_rate_ci_high,
        expected_won,
        usual_win_rate,
        {{ adjusted_rate('win_rate * adjustment') }} as adjusted_rate,
        {{ adjusted_bound(
            wilson_low('win_rate * deals_weight', 'deals_weight') ~ ' * adjustment',
            'win_rate * adjustment'
        ) | indent(8) }} as adjusted_ci_low,
        {{ adjusted_bound(
            wilson_high('win_rate * deals_weight', 'deals_weight') ~ ' * adjustment',
            'win_rate * adjustment'
        ) | indent(8) }} as adjusted_ci_high,
        cycle_median_days,
        deals_count < {{ var('low_n') }} as is_low_n,
        {{ as_of_date() }} as as_of_date
    from weighted
)

select * from final
