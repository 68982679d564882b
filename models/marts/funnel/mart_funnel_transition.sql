with

visits as (
    select * from {{ ref('fct_deal_stage_visit') }}
),

deals as (
    select * from {{ ref('fct_deal') }}
    where not is_test and has_history
),

stages as (
    select * from {{ ref('int_funnel__stages') }}
),

followed as (
    select
        visits.*,
        lead(visits.pipeline_id) over path as next_pipeline_id,
        lead(visits.stage_id) over path as next_stage_id,
        lead(visits.entered_at) over path as moved_at
    from visits
    inner join deals
        on visits.deal_id = deals.deal_id
    window path as (partition by visits.deal_id order by visits.visit_no)
),

moves as (
    select
        deal_id,
        pipeline_id,
        stage_id as from_stage_id,
        next_stage_id as to_stage_id,
        {{ business_date('moved_at') }} as date,
        case when not is_passthrough then duration_hours end as hours
    from followed
    where pipeline_id = next_pipeline_id
),

counted as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        pipeline_id,
        from_stage_id,
        to_stage_id,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'date') }} as period_start,
        count(*) as moves_count,
        count(distinct deal_id) as deals_count,
        {{ median('hours') }} as median_hours
    from moves
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

named as (
    select
        counted.pipeline_id,
        counted.from_stage_id,
        counted.to_stage_id,
        counted.period_grain,
        counted.period_start,
        from_stages.pipeline_name,
        from_stages.history,
        from_stages.stage_name as from_stage_name,
        from_stages.stage_order as from_stage_order,
        to_stages.stage_name as to_stage_name,
        to_stages.stage_order as to_stage_order,
        counted.moves_count,
        counted.deals_count,
        counted.median_hours,
        {{ as_of_date() }} as as_of_date
    from counted
    left join stages as from_stages
        on
            counted.pipeline_id = from_stages.pipeline_id
            and counted.from_stage_id = from_stages.stage_id
    left join stages as to_stages
        on
            counted.pipeline_id = to_stages.pipeline_id
            and counted.to_stage_id = to_stages.stage_id
)

select * from named
