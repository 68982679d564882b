with

contacts as (
    select * from {{ ref('mart_contact_effect') }}
    where
        feature in ('first_contact', 'calls_by_landmark')
        and feature_value not in ('none', 'closed_before', '0')
        and expected_won is not null
),

summed as (
    select
        feature,
        feature_value,
        sum(deals_count) as trials,
        sum(won_count) as hits,
        sum(expected_won) as expected_won
    from contacts
    group by feature, feature_value
),

compared as (
    select
        *,
        {{ safe_divide('expected_won', 'trials') }} as expected,
        sum(trials) over (partition by feature) - trials as other_trials
    from summed
),

-- The rates of the other deals vary by chance, too: the fewer they are, the more.
scored as (
    select
        *,
        (hits - expected_won) / nullif(sqrt(
            trials * expected * greatest(0, 1 - expected)
            * (1 + trials / nullif(cast(other_trials as double), 0))
        ), 0) as z
    from compared
    where trials >= {{ var('low_n') }}
),

final as (
    select
        case when z < 0 then 'contact_wins_less' else 'contact_wins_more' end as kind,
        {{ period_start('month', as_of_date()) }} as period_start,
        'contact' as subject_type,
        cast(null as varchar) as manager_id,
        cast(null as varchar) as pipeline_id,
        cast(null as varchar) as stage_id,
        feature || ' ' || feature_value as detail,
        cast(trials as bigint) as trials,
        cast(hits as bigint) as hits,
        {{ safe_divide('hits', 'trials') }} as value,
        expected,
        2 * {{ normal_below('(-abs(z))') }} as p_value,
        cast(null as double) as impact_amount
    from scored
    where z is not null
)

select * from final
