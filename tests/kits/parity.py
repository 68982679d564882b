"""One company by two ways: its marts, and where they differ."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from kits.models import make
from kits.united import unite
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse, prepare_warehouse, record_days_off
from orchestration.days_off import days_off
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.suite import Queries, write_files
from orchestration.sources.base import SourceConfig
from orchestration.sources.files.config import FilesSource
from orchestration.sources.identity import normalise_identifiers
from orchestration.sources.landing import land

# So little data is done with before a second thread has begun.
LIMITS = DuckDbLimits(threads=1)
LEFT_OUT = "'source', 'is_inferred', 'lost_at', 'lost_on', 'untimed_leads'"
# The hash of a thread covers the name of its source: a thread is known by its first message.
FROM = {
    "fct_message": "(select * replace (case when thread_id is not null then"
    " min(message_id) over (partition by thread_id) end as thread_id) from {})",
    # A lead that was lost on the day it came is counted only where the time of its loss is known.
    "mart_workload": "(from {} where open_leads + open_deals + contacts_count > 0)",
}
SEEDS = Path(__file__).parents[2] / "seeds"


def land_files(
    home: Home, company: Company, name: str, folder: Path, queries: Queries
) -> FilesSource:
    """Land what the queries find as a source of files that are written into the folder."""
    source = FilesSource.model_validate(write_files(company, folder / name, queries))
    home.prepare()
    land(name, source, home, LIMITS, folder, LAST_DAY)
    return source


def build(
    home: Home, sources: Mapping[str, SourceConfig], models: Sequence[tuple[str, str]]
) -> None:
    """All tables of schema marts but the quality marts, from what is landed (and conformed)."""
    with open_warehouse(home, LIMITS) as connection:
        prepare_warehouse(connection, "parity", LAST_DAY, "a key for tests")
        record_days_off(connection, days_off("RU", None, LAST_DAY.year))
        unite(connection, sources)
        normalise_identifiers(connection, "RU")
        for schema in ("staging", "intermediate", "marts", "seeds"):
            connection.execute(f"create schema if not exists {schema}")
        for path in SEEDS.glob("*.csv"):
            connection.execute(f"create table seeds.{path.stem} as from read_csv('{path}')")
        for name, query in models:
            make(connection, name, query)


def differences(
    first: Home, second: Home, gained: Mapping[str, str]
) -> dict[str, tuple[list, list]]:
    """By table of marts, the rows that only one of the two has. Who delivered a row is left out,
    and what not every vendor has: an event that tells how a deal began, or when a lead was lost.

    `gained`: by table, a condition of rows that only the first one may have.
    """
    found = {}
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, home in (("first", first), ("second", second)):
            connection.execute(f"attach '{home.warehouse}' as {name} (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables()"
            " where database_name = 'first' and schema_name = 'marts' order by 1"
        ).fetchall()
        for (table,) in tables:
            one, other = (
                f"select columns(c -> c not in ({LEFT_OUT}))"
                f" from {FROM.get(table, '{}').format(f'{name}.marts.{table}')}"
                f" where not coalesce({gained.get(table, 'false')}, false)"
                for name in ("first", "second")
            )
            only = connection.execute(f"{one} except all {other}").fetchall()
            counts = f"select (select count(*) from ({one})) - (select count(*) from ({other}))"
            if only or connection.execute(counts).fetchone() != (0,):
                found[table] = (only, connection.execute(f"{other} except all {one}").fetchall())
    return found
