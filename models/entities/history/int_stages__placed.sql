with

-- The pipelines of the shops whose orders make deals.
shops as (
    select distinct
        orders.pipeline_id,
        orders.shop,
        orders.is_payment_told
    from {{ ref('int_orders__placed') }} as orders
    inner join {{ ref('int_orders__linked') }} as linked
        on
            orders.order_key = linked.order_key
            and orders.order_key = linked.deal_id
),

delivered as (
    select
        pipeline_id,
        pipeline_name,
        stage_id,
        stage_name,
        stage_order,
        semantics,
        probability,
        is_deleted
    from {{ ref('stg_entities__stages') }}
    {%- for stage, (_, untold) in order_stages().items() %}

    union all

    select
        pipeline_id,
        shop as pipeline_name,
        pipeline_id || ':{{ stage }}' as stage_id,
        '{{ stage | capitalize }}' as stage_name,
        {{ loop.index }} as stage_order,
        {{ order_semantics(stage) }} as semantics,
        null as probability,
        false as is_deleted
    from shops
    {{ 'where is_payment_told' if untold is none }}
    {%- endfor %}
),

stages as (
    select
        pipeline_id,
        pipeline_name,
        stage_id,
        stage_name,
        stage_order,
        semantics,
        probability,
        coalesce(is_deleted, false) as is_deleted,
        {{ stage_outcome('semantics') }} as outcome,
        case when semantics = 'lost' or coalesce(is_deleted, false) then 0 else 1 end
            as steps
    from delivered
),

stage_events as (
    select * from {{ ref('stg_entities__stage_events') }}
    where lead_id is not null and deal_id is null
),

placed as (
    select
        pipeline_id,
        pipeline_name,
        stage_id,
        stage_name,
        stage_order,
        semantics,
        probability,
        is_deleted,
        outcome,
        -- The place among the stages a deal can be expected to pass: a lost
        -- stage has none, a deleted one that of the stage before it.
        case
            when outcome != 'lost'
                then cast(sum(steps) over (
                    partition by pipeline_id
                    order by stage_order
                ) as bigint)
        end as place,
        -- The stage a deal is in where only its outcome is known: won comes
        -- before what follows a win.
        row_number() over (
            partition by pipeline_id, outcome
            order by is_deleted asc, semantics desc, stage_order asc, stage_id asc
        ) = 1 as is_default_of_outcome,
        {{ is_first_of_id() }} as is_first_of_id
    from stages
),

-- A CRM may hold its leads in pipelines of their own.
lead_pipelines as (
    select distinct coalesce(stage_events.pipeline_id, placed.pipeline_id) as pipeline_id
    from stage_events
    left join placed
        on
            stage_events.to_stage_id = placed.stage_id
            and placed.is_first_of_id
),

told as (
    select
        placed.*,
        lead_pipelines.pipeline_id is not null as has_leads
    from placed
    left join lead_pipelines
        on placed.pipeline_id = lead_pipelines.pipeline_id
)

select * from told
