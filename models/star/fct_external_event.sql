with

events as (
    select * from {{ ref('stg_entities__external_events') }}
),

final as (
    select
        event_id,
        source,
        starts_on,
        ends_on,
        kind,
        city,
        severity,
        coalesce(expected, starts_on > {{ as_of_date() }}) as is_expected
    from events
)

select * from final
