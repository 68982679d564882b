-- Whether what each source delivers passed the checks of freshness and volume on each of the 35 days.
select
    'day' as grain,
    date as period,
    source,
    entity,
    source || ' · ' || entity as name,
    if(bool_and(passed), 1, least(min(value) filter (where not passed), 0.99)) as score,
    min(value) as worst_value,
    bool_and(passed) as passed,
    string_agg(check_id, ', ' order by check_id) filter (where not passed) as failed_checks
from marts.mart_data_quality
where dimension in ('freshness', 'volume')
group by date, source, entity
order by name, date
