"""Gate 1: whether what was there on earlier nights is still there.

Spend of ads, by day: platforms take back a little of the reported spend, for false clicks. More
than that, or whole rows, are lost without an error if an object is deleted, access to an account is
lost, or the oldest days of an export are missing. Rows of every other entity: an export that was
cut off, filtered or replaced by an older one lacks rows without an error.

A run is compared with published runs only, of earlier as_of dates and of its own: a run that is
repeated for a date, or always has the same date, is compared with the runs before it. Runs of later
dates are left out, so that a run for a past date does not warn of what came after it.
"""

from datetime import date

import duckdb

from data_quality.checks import CheckContext, Measure
from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity

# The share of its spend that a day may lose without a warning: where rows of it are missing, and
# where all of its rows are there, so that the platform has corrected them.
_LOST = 0.01
_CORRECTED = 0.1
# The share and the number of its rows that an entity may lose without a warning.
_FEWER_SHARE = 0.1
_FEWER_ROWS = 10
# Compared with the maximum of this many earlier dates and, of each date, of this many last runs: a
# warning is shown for a week, or by this many runs of one date.
_NIGHTS = 7

_RUNS = """
        from (select distinct as_of_date, run_id from ledger.{table} where {where})
        where as_of_date <= date '{as_of}'
        qualify
            dense_rank() over (
                partition by as_of_date = date '{as_of}' order by as_of_date desc
            ) <= {nights}
            and row_number() over (partition by as_of_date order by run_id desc) <= {nights}"""

_SHRUNK = """
    with
    nights as (
        select as_of_date, run_id
        {runs}
    ),
    before as (
        select date, currency, max(spend) as spend, max(ad_rows) as ad_rows
        from ledger.ad_days
        semi join nights using (as_of_date, run_id)
        where source = {source} and date <= date '{as_of}'
        group by date, currency
    ),
    now as (
        select date, account_currency as currency, sum(spend) as spend, count(*) as ad_rows
        from {{batch}}
        group by date, account_currency
    ),
    shrunk as (
        select
            before.date,
            before.currency,
            before.spend as was,
            coalesce(now.spend, 0) as is_now
        from before
        left join now on before.date = now.date and before.currency = now.currency
        where
            coalesce(now.spend, 0) < before.spend * (1 - {lost})
            and (
                coalesce(now.spend, 0) < before.spend * (1 - {corrected})
                or before.ad_rows is null
                or coalesce(now.ad_rows, 0) < before.ad_rows
            )
    ),
    lost as (
        select
            currency,
            count(*) as days,
            round(sum(was - is_now), 2) || ' ' || currency || ' on ' || count(*)
            || case when count(*) = 1 then ' day' else ' days' end
            || ', most on ' || arg_max(date, was - is_now) || ': '
            || round(arg_max(is_now, was - is_now), 2) || ' instead of '
            || round(arg_max(was, was - is_now), 2) as told
        from shrunk
        group by currency
    ),
    worst as (select coalesce(min(cast(is_now / was as double)), 1.0) as value from shrunk)
    select
        value,
        1 - {lost} as threshold,
        {where} || case
            when value = 1.0 then ': every day has the spend that it had on the nights before'
            else ': spend that was there on the nights before is gone: '
                || (select string_agg(told, '; ' order by currency) from lost)
                || '; see whether the account, its deleted ads and its oldest days are still read'
        end as detail
    from worst
"""

_FEWER = """
    with
    nights as (
        select as_of_date, run_id
        {runs}
    ),
    before as (
        select max(row_count) as was, arg_max(as_of_date, (row_count, as_of_date)) as was_on
        from ledger.row_counts
        semi join nights using (as_of_date, run_id)
        where source = {source} and entity = {entity}
    ),
    now as (select count(*) as is_now from {{batch}})
    select
        case when was - is_now >= {fewer} then is_now / was else 1.0 end as value,
        1 - {share} as threshold,
        {where} || ': ' || is_now || ' rows' || coalesce(', ' || was || ' on ' || was_on, '')
        || case when was_on = date '{as_of}' then ' in an earlier run' else '' end
        || case
            when value < threshold
                then '; see whether the export is whole and the latest one: rows that it lacks are'
                    || ' in no mart'
            else ''
        end as detail
    from before cross join now
"""


def shrunk_measures(entity: Entity, context: CheckContext) -> list[Measure]:
    """The measure over the days of ads of one source, or over the rows of another entity."""
    check, table, query = (
        ("spend_kept", "ad_days", _SHRUNK)
        if entity.name == "ad_stats"
        else ("rows_kept", "row_counts", _FEWER)
    )
    of_entity = {"source": sql.text(context.source), "entity": sql.text(entity.name)}
    night = {"as_of": context.as_of, "nights": _NIGHTS}
    where = "source = {source}" + (" and entity = {entity}" if table == "row_counts" else "")
    asked = query.format(
        **of_entity,
        **night,
        runs=_RUNS.format(table=table, where=where.format(**of_entity), **night),
        where=sql.text(f"{context.source}.{entity.name}"),
        lost=_LOST,
        corrected=_CORRECTED,
        fewer=_FEWER_ROWS,
        share=_FEWER_SHARE,
    )
    return [Measure(check, "reconciliation", "warn", asked)]


def record_landed(connection: duckdb.DuckDBPyConnection, run_id: str, as_of: date) -> None:
    """Store what the published run `run_id` had landed, for later runs: the spend of each day of
    ads, and the number of rows of every entity, by source."""
    connection.begin()
    connection.execute(
        "insert into ledger.ad_days (run_id, as_of_date, source, date, currency, spend, ad_rows)"
        " select $run_id, $as_of, source, date, account_currency, sum(spend), count(*)"
        " from landing.ad_stats where date <= $as_of group by source, date, account_currency",
        {"run_id": run_id, "as_of": as_of},
    )
    for entity in ENTITIES:
        connection.execute(
            "insert into ledger.row_counts (run_id, as_of_date, source, entity, row_count)"
            f" select ?, ?, source, ?, count(*) from landing.{sql.name(entity)} group by source",
            [run_id, as_of, entity],
        )
    for table in ("ad_days", "row_counts"):
        _forget(connection, table)
    connection.commit()


def _forget(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Drop the runs that no later run is compared with. The last runs stay whatever their date: it
    may be the date of every run to come."""
    of_date = "row_number() over (partition by as_of_date order by run_id desc)"
    connection.execute(
        f"""
        delete from ledger.{table} where (as_of_date, run_id) not in (
            select (as_of_date, run_id)
            from (select distinct as_of_date, run_id from ledger.{table})
            qualify
                dense_rank() over (order by as_of_date desc) <= {_NIGHTS + 1}
                and {of_date} <= {_NIGHTS}
                or row_number() over (order by run_id desc) <= {_NIGHTS}
        )
        """
    )
