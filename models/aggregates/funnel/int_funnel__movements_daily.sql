with

changes as (
    select * from {{ ref('int_funnel__state_changes') }}
),

-- Each change from the side of the pipeline entered and of the pipeline left. `open_change`
-- uses only whether the deal was open before and after; the others name the flow.
sides as (
    select
        pipeline_id,
        manager_id,
        date,
        case when previous_outcome is null then amount end as created,
        case
            when previous_outcome = 'open' and previous_pipeline_id <> pipeline_id
                then amount
        end as moved_in,
        null as moved_out,
        case
            when outcome = 'won' and coalesce(previous_outcome, '') <> 'won' then amount
        end as won,
        case
            when outcome = 'lost' and coalesce(previous_outcome, '') <> 'lost' then amount
        end as lost,
        -- Won after lost, with no open stage between, was open for a moment.
        case
            when previous_outcome <> 'open' and previous_outcome <> outcome then amount
        end as reopened,
        case when outcome = 'open' then amount end as open_change
    from changes

    union all

    select
        previous_pipeline_id as pipeline_id,
        manager_id,
        date,
        null as created,
        null as moved_in,
        case when previous_pipeline_id <> pipeline_id then amount end as moved_out,
        null as won,
        null as lost,
        null as reopened,
        -amount as open_change
    from changes
    where previous_outcome = 'open'
),

daily as (
    select
        pipeline_id,
        manager_id,
        date,
        {%- for measure in [
            'created', 'moved_in', 'moved_out', 'won', 'lost', 'reopened',
        ] %}
        coalesce(sum({{ measure }}), 0) as {{ measure }},
        {%- endfor %}
        coalesce(sum(open_change), 0) as open_change
    from sides
    group by pipeline_id, manager_id, date
)

select * from daily
