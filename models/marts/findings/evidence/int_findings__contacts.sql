with

-- First contacts in the first days of deals that were still open then. Without this landmark
-- formats that come late go with long deals, and so with wins. How many calls a deal has by then is
-- not tested: deals that go fast have more of them, and most of these are lost.
contacts as (
    select * from {{ ref('mart_contact_effect') }}
    where
        feature = 'first_contact_by_landmark'
        and feature_value not in ('none', 'closed_before')
        and expected_won is not null
),

mix as (select * from {{ ref('int_deal_contacts__mix') }}),

-- The peers' rates vary by chance: as if they came from trials x trials / peers_weight deals.
summed as (
    select
        contacts.feature_value,
        cast(sum(contacts.deals_count) as double) as trials,
        sum(contacts.won_count) as hits,
        -- Decimals: a sum of doubles depends on the order of its rows.
        cast(sum(cast(contacts.expected_won as decimal(28, 12))) as double) as expected_won,
        cast(sum(cast(mix.peers_weight as decimal(28, 12))) as double) as peers_weight
    from contacts
    inner join mix using (segment, client_type, feature, feature_value)
    group by contacts.feature_value
),

compared as (
    select
        *,
        {{ safe_divide('expected_won', 'trials') }} as expected,
        {{ safe_divide('trials * trials', 'peers_weight') }} as other_trials
    from summed
),

scored as (
    select
        *,
        {{ likelihood_z(
            'hits', 'trials', '(expected * other_trials)', 'other_trials'
        ) | indent(8) }} as z
    from compared
    where trials >= {{ var('low_n') }}
),

final as (
    select
        case when z < 0 then 'contact_wins_less' else 'contact_wins_more' end as kind,
        {{ period_start('month', as_of_date()) }} as period_start,
        'contact' as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        'first_contact ' || feature_value as detail,
        cast(trials as bigint) as trials,
        cast(hits as bigint) as hits,
        {{ safe_divide('hits', 'trials') }} as value,
        expected,
        2 * {{ normal_below('(-abs(z))') }} as p_value,
        cast(null as double) as impact_amount,
        {{ evidence_key({
            'feature': "'first_contact_by_landmark'",
            'feature_value': 'feature_value',
        }) | indent(8) }} as evidence_key
    from scored
    where z is not null
)

select * from final
