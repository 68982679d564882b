-- What the sources delivered on the night: the share of rows that passed, and what failed.
with newest as (
    select source, entity, marks[entity] as newest_at
    from (
        select
            unnest(map_keys(sources)) as source,
            unnest(map_values(sources)) as marks
        from (
            select cast(json(source_watermarks) as map(varchar, map(varchar, varchar))) as sources
            from marts.publication
        )
    ),
    unnest(map_keys(marks)) as keys (entity)
),

checked as (
    select
        source,
        entity,
        min(value) filter (where check_id = 'quarantine_within_tolerance') as passed_share,
        count(*) as checks_count,
        count(*) filter (where not passed) as failed_count,
        string_agg(check_id, ', ' order by check_id) filter (where not passed) as failed_checks
    from marts.mart_data_quality
    where date = as_of_date and source <> 'all'
    group by source, entity
)

select
    coalesce(checked.source, newest.source) as source,
    coalesce(checked.entity, newest.entity) as entity,
    newest_at[:10] as newest_on,
    passed_share,
    checks_count,
    failed_count,
    failed_checks
from checked full join newest using (source, entity)
where checked.source is not null or newest_at is not null
order by failed_count desc nulls last, source, entity
