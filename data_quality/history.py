"""Gate 1: whether all days that the config wants of a vendor have been read.

A backfill before the first night has ended, or a first load that was interrupted, leaves a part of
the history in the marts, which looks like the whole.
"""

from data_quality.checks import CheckContext, Measure
from orchestration.core import sql

# Up to the last night: whether later days came is the freshness of an entity.
_READ = """
    with
    history as (select * from ledger.history where source = {source}),
    bounds as (
        select
            least(
                min(first_day),
                coalesce(max(wanted_from) filter (where not is_backfill), min(wanted_from))
            ) as first_day,
            coalesce(max(last_day) filter (where not is_backfill), date '{as_of}') as last_day,
            count(*) filter (where not is_backfill) > 0 as has_night
        from history
    ),
    days as (
        select cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
        from bounds
    ),
    judged as (
        select
            day,
            exists (
                select 1 from history where days.day between first_day and last_day
            ) as is_read
        from days
    ),
    gap as (
        select min(day) as first_day, max(day) as last_day
        from (
            select day, day - cast(row_number() over (order by day) as integer) as island
            from judged where not is_read
        )
        group by island
        order by first_day
        limit 1
    ),
    counted as (
        select
            (select count(*) from judged) as wanted,
            (select count(*) from judged where is_read) as done
    )
    select
        1.0 as threshold,
        case when wanted = 0 then 0.0 else done / wanted end as value,
        {source} || ': ' || case
            when wanted = 0 then 'the first load has not ended, and the marts show a part of the'
                || ' history as if it were all: run `voronka nightly` until it ends'
            when done = wanted then 'all days since ' || bounds.first_day || ' are read'
            else (wanted - done) || ' of ' || wanted || ' days since ' || bounds.first_day
                || ' have not been read, first ' || gap.first_day || ' to ' || gap.last_day
                || ', and the marts show the others as if they were all: run ' || case
                    when has_night then '`voronka backfill --source {name} --from '
                        || gap.first_day || ' --to ' || gap.last_day || '`'
                    else '`voronka nightly`, which reads them' end
        end as detail
    from counted
    cross join bounds
    left join gap on true
"""


def history_measures(context: CheckContext) -> list[Measure]:
    """The measure over the days that have been read of one vendor's account."""
    query = _READ.format(source=sql.text(context.source), name=context.source, as_of=context.as_of)
    return [Measure("history_read", "completeness", "warn", query)]
