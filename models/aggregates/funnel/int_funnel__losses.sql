with

deals as (
    select
        *,
        {{ period_start('month', business_date('final_closed_at')) }} as month_start
    from {{ ref('fct_deal') }}
    where status = 'lost' and final_closed_at is not null and not is_test
),

visits as (select * from {{ ref('fct_deal_stage_visit') }}),

stages as (select * from {{ ref('dim_stage') }}),

-- The last open stage that the deal is known to have stood in.
last_open_stages as (
    select
        visits.deal_id,
        visits.pipeline_id,
        visits.stage_id
    from visits
    inner join stages using (pipeline_id, stage_id)
    where stages.semantics = 'open' and not visits.is_assumed
    qualify row_number() over (partition by visits.deal_id order by visits.visit_no desc) = 1
),

lost as (
    select
        coalesce(last_open_stages.pipeline_id, deals.pipeline_id) as pipeline_id,
        coalesce(last_open_stages.stage_id, '(none)') as stage_id,
        coalesce(deals.lost_reason_group, 'unknown') as lost_reason_group,
        deals.owner_id_at_close as manager_id,
        deals.month_start,
        count(*) as lost_count,
        count(deals.amount_base) as known_count,
        sum(deals.amount_base) as lost_amount
    from deals
    left join last_open_stages using (deal_id)
    group by all
),

-- Rounded once, so that the months of a quarter add up to it.
rounded as (
    select
        month_start,
        pipeline_id,
        stage_id,
        lost_reason_group,
        manager_id,
        lost_count,
        case
            when known_count > 0
                then {{ in_hundredths(
                    'coalesce(lost_amount, 0)',
                    order_by='month_start, pipeline_id, stage_id, lost_reason_group, manager_id',
                ) }}
        end as lost_amount
    from lost
)

select * from rounded
