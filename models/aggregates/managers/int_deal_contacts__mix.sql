{%- set cell = 'segment, client_type, feature' -%}
with

-- A deal that was closed too early has no value to compare.
features as (
    select * from {{ ref('int_deal_contacts__features') }}
    where feature_value <> 'closed_before'
),

-- Deals of one kind: manager, group of channels and band of amount.
strata as (
    select
        {{ cell }},
        feature_value,
        manager_id,
        channel_group,
        amount_band,
        count(*) filter (where is_won) as won,
        count(*) as closed
    from features
    group by all
),

-- The peers of a deal are the deals with another value of the feature.
widened as (
    select
        *,
        {%- for sums, width in [
            ('kind', ', manager_id, channel_group, amount_band'), ('manager', ', manager_id'), ('cell', ''),
        ] %}
        {%- for count in ['won', 'closed'] %}
        sum({{ count }}) over (partition by {{ cell }}{{ width }})
        - sum({{ count }}) over (partition by {{ cell }}, feature_value{{ width }})
            as {{ sums }}_{{ count }},
        {%- endfor %}
        {%- endfor %}
        sum(won) over (partition by {{ cell }}) as all_won,
        sum(closed) over (partition by {{ cell }}) as all_closed
    from strata
),

-- Where there are no peers of the kind, those of the manager are taken, else all.
rated as (
    select
        {{ cell }},
        feature_value,
        case when manager_closed > 0 then manager_id end as peers_manager,
        case when kind_closed > 0 then channel_group end as peers_channel_group,
        case when kind_closed > 0 then amount_band end as peers_amount_band,
        max(case
            when kind_closed > 0 then kind_closed
            when manager_closed > 0 then manager_closed
            else cell_closed
        end) as peers_closed,
        max(case
            when kind_closed > 0 then kind_won
            when manager_closed > 0 then manager_won
            else cell_won
        end) as peers_won,
        max(all_won) as all_won,
        max(all_closed) as all_closed,
        sum(closed) as closed
    from widened
    group by all
),

final as (
    select
        {{ cell }},
        feature_value,
        {{ safe_divide('max(all_won)', 'max(all_closed)') }} as usual_win_rate,
        -- Decimals: a sum of doubles depends on the order of its rows.
        cast(sum(cast(
            closed * {{ safe_divide('peers_won', 'peers_closed') }} as decimal(28, 12)
        )) as double) as expected_won,
        cast(sum(cast(
            {{ safe_divide('closed * closed', 'peers_closed') }} as decimal(28, 12)
        )) as double) as peers_weight
    from rated
    group by all
)

select * from final
