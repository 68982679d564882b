{#- A level, its parent, and the keys that the parent leaves out. -#}
{%- set parents = {'cell': 'stage', 'stage': 'band', 'band': 'pipeline', 'pipeline': 'all'} -%}

with

learned as (select * from {{ ref('int_forecast__learned') }}),

in_the_end as (
    select
        learned_on,
        level,
        pipeline_id,
        stage_id,
        stage_band,
        segment,
        deals_count,
        incidence,
        case level
            {%- for level, parent in parents.items() %}
            when '{{ level }}' then '{{ parent }}'
            {%- endfor %}
        end as parent_level,
        case when level = 'pipeline' then '*' else pipeline_id end as parent_pipeline_id,
        case when level = 'cell' then stage_id else '*' end as parent_stage_id,
        case when level in ('cell', 'stage') then stage_band else '*' end as parent_stage_band
    from learned
    where days = 365
),

-- How much the children of a parent differ beyond chance. Segments are few: judged together.
spread as (
    select
        children.learned_on,
        children.parent_level,
        case when children.level = 'cell' then '*' else parent.pipeline_id end as pipeline_id,
        case when children.level = 'cell' then '*' else parent.stage_band end as stage_band,
        sum(
            (children.incidence - parent.incidence) * (children.incidence - parent.incidence)
            - parent.incidence * (1 - parent.incidence) / children.deals_count
        ) as between_cells,
        sum(
            parent.incidence * (1 - parent.incidence) * (1 - 1e0 / children.deals_count)
        ) as possible
    from in_the_end as children
    inner join in_the_end as parent
        on
            children.learned_on = parent.learned_on
            and children.parent_level = parent.level
            and children.parent_pipeline_id = parent.pipeline_id
            and children.parent_stage_id = parent.stage_id
            and children.parent_stage_band = parent.stage_band
    where
        children.deals_count >= 5
        and children.deals_count < parent.deals_count
    group by all
),

-- The strength of the beta prior, in deals: method of moments.
priors as (
    select
        *,
        case
            when possible > 0
                then least(100.0, greatest(
                    0.5, 1 / greatest(between_cells / possible, 0.001) - 1
                ))
            else 100.0
        end as prior_deals
    from spread
),

weighted as (
    select
        ends.learned_on,
        ends.level,
        ends.pipeline_id,
        ends.stage_id,
        ends.stage_band,
        ends.segment,
        ends.deals_count,
        coalesce(priors.prior_deals, 10.0) as prior_deals,
        ends.deals_count / (ends.deals_count + coalesce(priors.prior_deals, 10.0)) as weight
    from in_the_end as ends
    left join priors
        on
            ends.learned_on = priors.learned_on
            and ends.parent_level = priors.parent_level
            and priors.pipeline_id
            = case when ends.level = 'cell' then '*' else ends.parent_pipeline_id end
            and priors.stage_band
            = case when ends.level = 'cell' then '*' else ends.parent_stage_band end
),

bands as (
    select distinct stage_band from in_the_end
    where level = 'band'
),

-- Every cell that a deal may stand in, whether any deal was there before or not.
cells as (
    select distinct
        standings.pipeline_id,
        standings.stage_id,
        standings.segment,
        bands.stage_band
    from {{ ref('int_forecast__standings') }} as standings
    inner join bands
        on (standings.stage_id = 'created') = (bands.stage_band = 'created')
),

levels as (
    select
        learned.learned_on,
        learned.level,
        learned.pipeline_id,
        learned.stage_id,
        learned.stage_band,
        learned.segment,
        learned.days,
        learned.at_risk,
        learned.incidence,
        weighted.deals_count,
        weighted.prior_deals,
        weighted.weight
    from learned
    inner join weighted
        using (learned_on, level, pipeline_id, stage_id, stage_band, segment)
),

-- A cell leans on its stage, that on all stages in the band, that on the pipeline.
shrunk as (
    select
        whole.learned_on,
        cells.pipeline_id,
        cells.stage_id,
        cells.stage_band,
        cells.segment,
        whole.days as horizon_days,
        coalesce(of_cell.deals_count, 0) as deals_count,
        coalesce(of_cell.at_risk, 0) as at_risk,
        of_cell.incidence,
        coalesce(of_cell.prior_deals, 10.0) as prior_deals,
        round(
            least(1.0, greatest(0.0, {{ leaning(
                ['of_pipeline', 'of_band', 'of_stage', 'of_cell'], 'whole.incidence'
            ) }})), 12
        ) as win_probability
    from cells
    cross join levels as whole
    {%- for level, keys in [
        ('pipeline', ['pipeline_id']),
        ('band', ['pipeline_id', 'stage_band']),
        ('stage', ['pipeline_id', 'stage_id', 'stage_band']),
        ('cell', ['pipeline_id', 'stage_id', 'stage_band', 'segment']),
    ] %}
    left join levels as of_{{ level }}
        on
            of_{{ level }}.level = '{{ level }}'
            and whole.learned_on = of_{{ level }}.learned_on
            and whole.days = of_{{ level }}.days
            {%- for key in keys %}
            and cells.{{ key }} = of_{{ level }}.{{ key }}
            {%- endfor %}
    {%- endfor %}
    where whole.level = 'all'
),

final as (
    select
        *,
        win_probability * (1 - win_probability) / (deals_count + prior_deals + 1) as variance
    from shrunk
)

select * from final
