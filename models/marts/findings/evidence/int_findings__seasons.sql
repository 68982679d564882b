with

seasons as (
    select * from {{ ref('mart_customer_seasonality') }}
    where label = 'own' and p_value is not null
),

-- Of the months that a warning would be of by now, the one that is the surest.
ahead as (
    select * from seasons
    where
        {{ dbt.dateadd('day', -(var('season_lead_days') | int), 'next_start_on') }}
        <= {{ as_of_date() }}
    qualify row_number() over (
        partition by customer_id order by warn_on is null, p_value, next_start_on
    ) = 1
),

final as (
    select
        'season_ahead' as kind,
        {{ period_start('month', as_of_date()) }} as period_start,
        'customer' as subject_type,
        cast(null as string) as manager_id,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        customer_id as detail,
        cast(null as bigint) as trials,
        cast(null as bigint) as hits,
        1 + uplift as value,
        cast(1 as double) as expected,
        -- A month that is not warned of is tested and not found.
        case when warn_on is null then 1.0 else p_value end as p_value,
        cast(expected_extra_amount as double) as impact_amount,
        {{ evidence_key({
            'customer_id': 'customer_id',
            'calendar_month': 'calendar_month',
        }) | indent(8) }} as evidence_key
    from ahead
)

select * from final
