with

deals as (
    select * from {{ ref('fct_deal') }}
    where status = 'won' and won_at is not null and not is_test
),

paths as (
    select
        *,
        max(case when not is_direct then position end) over (
            partition by deal_id
        ) as last_non_direct_position
    from {{ ref('int_attribution__paths') }}
),

-- One touch takes the whole deal in each of these models. Where all touches are direct, the last
-- non-direct one is the last one.
credited as (
    select
        'first_touch' as attribution_model,
        paths.*
    from paths
    where position = 1
    union all
    select
        'last_touch' as attribution_model,
        paths.*
    from paths
    where position = path_length
    union all
    select
        'last_non_direct' as attribution_model,
        paths.*
    from paths
    where position = coalesce(last_non_direct_position, path_length)
),

models as (
    select 'first_touch' as attribution_model
    union all
    select 'last_touch' as attribution_model
    union all
    select 'last_non_direct' as attribution_model
),

-- A deal without touches is credited too, to `unattributed`: credit adds up to all revenue.
final as (
    select
        models.attribution_model,
        deals.deal_id,
        credited.touchpoint_id,
        coalesce(credited.channel, 'unattributed') as channel,
        credited.campaign_id,
        credited.position,
        coalesce(credited.path_length, 0) as path_length,
        cast(1 as double) as weight,
        deals.amount_base as credited_revenue
    from deals
    cross join models
    left join credited
        on
            deals.deal_id = credited.deal_id
            and models.attribution_model = credited.attribution_model
)

select * from final
