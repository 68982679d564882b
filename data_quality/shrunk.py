"""Gate 1: whether a day of ads still has the spend that it had on earlier nights.

Platforms take back a little of the reported spend, for false clicks. More than that, or whole rows,
are lost without an error if an object is deleted, access to an account is lost, or the oldest days
of an export are missing.
"""

from datetime import date

import duckdb

from data_quality.checks import CheckContext, Measure
from orchestration.core import sql
from orchestration.core.entity import Entity

# The share of its spend that a day may lose without a warning: where rows of it are missing, and
# where all of its rows are there, so that the platform has corrected them.
_LOST = 0.01
_CORRECTED = 0.1
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


def shrunk_measures(entity: Entity, context: CheckContext) -> list[Measure]:
    """The measure over the days of ads of one source."""
    if entity.name != "ad_stats":
        return []
    query = _SHRUNK.format(
        source=sql.text(context.source),
        as_of=context.as_of,
        nights=_NIGHTS,
        lost=_LOST,
        corrected=_CORRECTED,
        where=sql.text(f"{context.source}.{entity.name}"),
    )
    return [Measure("spend_kept", "reconciliation", "warn", query)]


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
    connection.execute(
        f"""
        delete from ledger.ad_days where as_of_date not in (
            select distinct as_of_date from ledger.ad_days
            order by as_of_date desc limit {_NIGHTS + 1}
        )
        """
    )
    connection.commit()
