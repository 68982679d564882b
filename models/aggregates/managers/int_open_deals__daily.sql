{%- set window_start = dbt.dateadd('day', -(var('hygiene_days') | int), as_of_end()) -%}
with

dates as (
    select date from {{ ref('dim_date') }}
    where
        date <= {{ as_of_date() }}
        and date > {{ dbt.dateadd('day', -(var('hygiene_days') | int), as_of_date()) }}
),

deals as (
    select
        deals.deal_id,
        deals.pipeline_id,
        deals.stage_id,
        deals.customer_id,
        coalesce(customers.segment, 'unknown') as segment,
        case when deals.status = 'open' then deals.owner_id_current else deals.owner_id_at_close end
            as manager_id,
        {{ business_date('deals.created_at') }} as created_on,
        {{ business_date('deals.final_closed_at') }} as closed_on
    from {{ ref('fct_deal') }} as deals
    left join {{ ref('dim_customer') }} as customers using (customer_id)
    where
        not deals.is_test
        and not deals.is_made_of_order
        and (deals.status = 'open' or deals.final_closed_at >= {{ window_start }})
),

stages as (
    select
        pipeline_id,
        stage_id,
        semantics,
        semantics = 'open' and 2 * row_number() over stages_of_kind
        > count(*) over (partition by pipeline_id, semantics) as is_late_stage
    from {{ ref('dim_stage') }}
    -- A stage that no deal has been in is no step of the pipeline.
    semi join {{ ref('fct_deal_stage_visit') }} using (pipeline_id, stage_id)
    window stages_of_kind as (partition by pipeline_id, semantics order by stage_order, stage_id)
),

visits as (
    select
        deal_id,
        pipeline_id,
        stage_id,
        {{ business_date('entered_at') }} as entered_on,
        coalesce({{ business_date('exited_at') }}, {{ day_after_as_of() }}) as left_on,
        duration_hours is not null as is_timed
    from {{ ref('fct_deal_stage_visit') }}
    where coalesce(exited_at >= {{ window_start }}, true)
),

standing as (
    select
        dates.date,
        deals.deal_id,
        coalesce(visits.pipeline_id, deals.pipeline_id) as pipeline_id,
        coalesce(visits.stage_id, deals.stage_id) as stage_id,
        deals.manager_id,
        deals.customer_id,
        deals.segment,
        deals.created_on,
        case when visits.is_timed then visits.entered_on end as entered_on
    from dates
    inner join deals
        on dates.date >= deals.created_on and coalesce(dates.date < deals.closed_on, true)
    left join visits
        on
            deals.deal_id = visits.deal_id
            and dates.date >= visits.entered_on
            and dates.date < visits.left_on
),

-- A deal that was reopened later was not open in between.
final as (
    select
        standing.date,
        standing.deal_id,
        standing.pipeline_id,
        standing.stage_id,
        standing.manager_id,
        standing.customer_id,
        standing.segment,
        {{ dbt.datediff('standing.created_on', 'standing.date', 'day') }} as age_days,
        {{ dbt.datediff('standing.entered_on', 'standing.date', 'day') }} as days_in_stage,
        coalesce(stages.is_late_stage, false) as is_late_stage
    from standing
    left join stages using (pipeline_id, stage_id)
    where
        standing.date = {{ as_of_date() }}
        or coalesce(stages.semantics, 'open') = 'open'
)

select * from final
