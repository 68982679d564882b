with

tests as (select * from {{ ref('int_findings__tests') }}),

campaigns as (
    select
        platform || '/' || campaign_id as campaign,
        max(campaign_name) as campaign_name
    from {{ ref('dim_campaign') }}
    group by platform, campaign_id
),

products as (
    select distinct
        shop || '/' || product_id as shop_product,
        product_id,
        product_name
    from {{ ref('mart_product_margin') }}
),

found as (
    select
        tests.*,
        {{ dbt.hash("tests.kind || ' ' || tests.subject_id") }} as finding_id
    from tests
    where
        q_value <= {{ false_finding_rate() }}
        -- The same test of the other side.
        and (kind not in ('lost_reason_grows', 'stage_stands_long') or value > expected)
),

-- A run of months without a gap has one number.
numbered as (
    select
        *,
        -- Of clients, contacts, plans and seasons earlier months are not tested.
        {{ dbt.split_part('kind', "'_'", 1) }} not in ('client', 'contact', 'plan', 'season')
            as has_history,
        {{ dbt.datediff("cast('2000-01-01' as date)", 'period_start', 'month') }}
        - row_number() over (partition by finding_id order by period_start) as run_no
    from found
),

dated as (
    select
        *,
        case when has_history then min(period_start) over (partition by finding_id, run_no) end
            as since
    from numbered
),

named as (
    select
        dated.*,
        managers.name as manager_name,
        pipelines.name as pipeline_name,
        pipelines.kind as pipeline_kind,
        stage_names.stage_name,
        campaigns.campaign_name,
        products.product_id,
        products.product_name,
        {{ finding_severity('dated') | indent(8) }} as severity
    from dated
    left join {{ ref('dim_manager') }} as managers using (manager_id)
    left join {{ ref('dim_pipeline') }} as pipelines using (pipeline_id)
    left join {{ ref('dim_stage') }} as stage_names using (pipeline_id, stage_id)
    left join campaigns on dated.detail = campaigns.campaign
    left join products on dated.subject_type = 'product' and dated.detail = products.shop_product
),

final as (
    select
        finding_id,
        period_start,
        cast(row_number() over (
            partition by period_start
            order by
                case severity when 'high' then 1 when 'medium' then 2 when 'low' then 3 end asc
                nulls last,
                abs(impact_amount) desc nulls last,
                q_value asc,
                finding_id asc
        ) as integer) as place,
        subject_type,
        subject_id,
        kind,
        severity,
        case severity when 'good' then 'green' when 'high' then 'red' else 'yellow' end
            as status_color,
        since = period_start as is_new,
        {%- for language, place in [('ru', 2), ('en', 1)] %}
        case kind
            {%- for kind, texts in finding_kinds().items() %}
            when '{{ kind }}' then {{ finding_sentence(texts[place], language) }}
            {%- endfor %}
        end as sentence_{{ language }},
        {%- endfor %}
        case kind
            {%- for kind, texts in finding_kinds().items() %}
            when '{{ kind }}' then '{{ texts[0] }}'
            {%- endfor %}
        end as evidence_mart,
        evidence_key,
        hits,
        trials,
        value,
        expected,
        {{ wilson_low('hits', 'trials') }} as low,
        {{ wilson_high('hits', 'trials') }} as high,
        p_value,
        q_value,
        cast(impact_amount as {{ hundredths() }}) as impact_amount,
        since,
        {{ as_of_date() }} as as_of_date
    from named
)

select * from final
