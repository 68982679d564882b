"""Gate 1: whether what was there on earlier nights is still there.

Spend of ads, by day: platforms take back a little of the reported spend, for false clicks. More
than that, or whole rows, are lost without an error if an object is deleted, access to an account is
lost, or the oldest days of an export are missing. Rows of every other entity: an export that was
cut off, filtered or replaced by an older one lacks rows without an error.
"""

from collections.abc import Iterable
from datetime import date

import duckdb

from data_quality.checks import CheckContext, Measure
from orchestration.core import sql
from orchestration.core.entity import Entity

# The share of its spend that a day may lose without a warning: where rows of it are missing, and
# where all of its rows are there, so that the platform has corrected them.
_LOST = 0.01
_CORRECTED = 0.1
# The share and the number of its rows that an entity may lose without a warning.
_FEWER_SHARE = 0.1
_FEWER_ROWS = 10
# Compared with the maximum of this many earlier nights, so that a warning is shown for a week.
_NIGHTS = 7

_SHRUNK = """
    with
    nights as (
        select distinct as_of_date from ledger.ad_days
        where source = {source} and as_of_date < date '{as_of}'
        order by as_of_date desc
        limit {nights}
    ),
    before as (
        select date, currency, max(spend) as spend, max(ad_rows) as ad_rows
        from ledger.ad_days
        semi join nights using (as_of_date)
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
        select as_of_date, row_count from ledger.row_counts
        where source = {source} and entity = {entity} and as_of_date < date '{as_of}'
        order by as_of_date desc
        limit {nights}
    ),
    before as (
        select max(row_count) as was, arg_max(as_of_date, (row_count, as_of_date)) as was_on
        from nights
    ),
    now as (select count(*) as is_now from {{batch}})
    select
        case when was - is_now >= {fewer} then is_now / was else 1.0 end as value,
        1 - {share} as threshold,
        {where} || ': ' || is_now || ' rows' || coalesce(', ' || was || ' on ' || was_on, '')
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
    check, query = ("spend_kept", _SHRUNK) if entity.name == "ad_stats" else ("rows_kept", _FEWER)
    asked = query.format(
        source=sql.text(context.source),
        entity=sql.text(entity.name),
        where=sql.text(f"{context.source}.{entity.name}"),
        as_of=context.as_of,
        nights=_NIGHTS,
        lost=_LOST,
        corrected=_CORRECTED,
        fewer=_FEWER_ROWS,
        share=_FEWER_SHARE,
    )
    return [Measure(check, "reconciliation", "warn", asked)]


def record_rows(
    connection: duckdb.DuckDBPyConnection, as_of: date, entities: Iterable[str]
) -> None:
    """Store the number of landed rows of each source and entity as of this night, for later
    nights."""
    connection.begin()
    connection.execute("delete from ledger.row_counts where as_of_date = ?", [as_of])
    for entity in entities:
        connection.execute(
            "insert into ledger.row_counts (as_of_date, source, entity, row_count)"
            f" select ?, source, ?, count(*) from landing.{entity} group by source",
            [as_of, entity],
        )
    _forget(connection, "row_counts")
    connection.commit()


def record_days(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Store the spend of each day of ads as of this night, for later nights."""
    connection.begin()
    connection.execute("delete from ledger.ad_days where as_of_date = ?", [as_of])
    connection.execute(
        "insert into ledger.ad_days (as_of_date, source, date, currency, spend, ad_rows)"
        " select $as_of, source, date, account_currency, sum(spend), count(*) from landing.ad_stats"
        " where date <= $as_of group by source, date, account_currency",
        {"as_of": as_of},
    )
    _forget(connection, "ad_days")
    connection.commit()


def _forget(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Drop the nights that no later night is compared with."""
    connection.execute(
        f"""
        delete from ledger.{table} where as_of_date not in (
            select distinct as_of_date from ledger.{table}
            order by as_of_date desc limit {_NIGHTS + 1}
        )
        """
    )
