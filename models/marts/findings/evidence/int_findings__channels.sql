with

windows as (select * from {{ ref('int_findings__windows') }}),

channels as (select * from {{ ref('mart_channel_conversion') }}),

cohorts as (
    select * from {{ ref('mart_lead_cohort') }}
    where cohort_grain = 'month' and day_number = 30 and is_mature
),

spent as (
    select
        windows.period_start,
        channels.platform,
        channels.campaign_id,
        sum(channels.spend) as spend,
        sum(channels.leads) as leads
    from channels
    inner join windows
        on channels.date between windows.window_from and windows.window_to
    where channels.platform <> '(none)'
    group by windows.period_start, channels.platform, channels.campaign_id
),

-- The leads that the same money brings in the other campaigns.
priced as (
    select
        *,
        spend * {{ safe_divide(
            '((sum(leads) over period) - leads)', '((sum(spend) over period) - spend)'
        ) }} as expected_leads
    from spent
    window period as (partition by period_start)
),

dead_tested as (
    select
        'campaign_without_leads' as kind,
        period_start,
        'campaign' as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        platform || '/' || campaign_id as detail,
        cast(round(expected_leads) as bigint) as trials,
        cast(0 as bigint) as hits,
        cast(0 as double) as value,
        cast(expected_leads as double) as expected,
        -- By a Poisson law.
        exp(-expected_leads) as p_value,
        -cast(spend as double) as impact_amount,
        {{ evidence_key({
            'platform': 'platform',
            'campaign_id': 'campaign_id',
        }) | indent(8) }} as evidence_key
    from priced
    where leads = 0 and spend > 0 and expected_leads > 0
),

-- Leads that are 30 days old at the end of the month, and those of the six months before them.
aged as (
    select
        windows.period_start,
        cohorts.channel,
        {%- for column, name in [('won', 'hits'), ('leads', 'trials')] %}
        sum(cohorts.{{ column }}) filter (where cohorts.cohort_start >= windows.cohort_from)
            as {{ name }},
        sum(cohorts.{{ column }}) filter (where cohorts.cohort_start < windows.cohort_from)
            as other_{{ name }},
        {%- endfor %}
        max(cohorts.cohort_start) as last_cohort
    from cohorts
    inner join windows
        on cohorts.cohort_start between windows.cohort_usual_from and windows.cohort_to
    group by windows.period_start, cohorts.channel
),

scored as (
    select
        *,
        {{ likelihood_z('hits', 'trials', 'other_hits', 'other_trials') | indent(8) }} as z
    from aged
    where trials >= {{ var('low_n') }} and other_trials >= {{ var('low_n') }}
),

channels_tested as (
    select
        'channel_conversion_falls' as kind,
        period_start,
        'channel' as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        channel as detail,
        cast(trials as bigint) as trials,
        cast(hits as bigint) as hits,
        {{ safe_divide('hits', 'trials') }} as value,
        {{ safe_divide('other_hits', 'other_trials') }} as expected,
        {{ normal_below('z') }} as p_value,
        cast(null as double) as impact_amount,
        {{ evidence_key({
            'channel': 'channel',
            'cohort_grain': "'month'",
            'cohort_start': 'last_cohort',
            'day_number': "'30'",
        }) | indent(8) }} as evidence_key
    from scored
),

final as (
    select * from dead_tested
    union all
    select * from channels_tested
)

select * from final
