"""Incremental models in a real warehouse, built by dbt one night after another."""

from collections import Counter
from datetime import date

import duckdb
import pytest

from orchestration.assets.models import CAUTIOUS
from orchestration.core.fingerprint import fingerprint
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import create_ledger
from orchestration.settings import DEMO_CONFIG, load_settings
from orchestration.sources import raw
from orchestration.transform import Dbt, audit_error, dbt_vars

# Without the tests that look at the whole company.
CHOSEN = ("--select", "+int_calls__sessions", "fct_call", "--exclude", "test_type:singular")
CHOSEN += CAUTIOUS
SESSIONS = "intermediate.int_calls__sessions"
TABLES = (SESSIONS, "marts.fct_call")

# Nine calls of one leg, and what fct_call reads beside the sessions.
WAREHOUSE = """
    insert into raw_demo.calls by name
    select * exclude (n) replace (
        'demo' as source, 'c' || n as call_id, timestamp '2026-01-01 10:00:00' as started_at,
        'in' as direction, 'u1' as user_id, 'l1' as lead_id
    ) from contract.calls right join range(9) as numbers(n) on true;
    create schema marts;
    create table marts.dim_manager as
    select * from (values ('u1'), ('unassigned')) as managers (manager_id);
    create schema intermediate;
    create table intermediate.int_customers__identified as
    select * from (values ('lead', 'l1', 'k1'), ('deal', 'd1', 'k2'))
    as records (record_type, record_id, customer_id);
    create table intermediate.int_customers__reached as
    select '501' as raw_value, 'phone' as kind, 'k3' as customer_id;
    create table intermediate.int_calls__channels as
    select 'demo' as source, 'c1' as call_id, 'paid' as channel;
    create table intermediate.int_records__marked as
    select 'lead' as record_type, 'l2' as record_id;
    create table intermediate.int_customers__marked as select 'k9' as customer_id;
"""
NEXT_NIGHT = """
    delete from raw_demo.calls where call_id = 'c1';
    update raw_demo.calls set talk_seconds = 60 where call_id = 'c2';
    insert into raw_demo.calls by name
    select * replace ('c9' as call_id) from raw_demo.calls where call_id = 'c3';
"""
# Nothing but a rebuild brings back a session whose legs are the same.
CHANGE = f"update {SESSIONS} set legs = 77 where session_id = 'c5'"
MARKED = f"select count(*) from {SESSIONS} where legs = 77"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare()
    with duckdb.connect(home.warehouse) as warehouse:
        create_ledger(warehouse)
        raw.complete(warehouse, load_settings(DEMO_CONFIG).sources)
        warehouse.execute(WAREHOUSE)
    return home


@pytest.fixture(scope="module")
def night(home, parsed):
    """A function: build the models, by a call of dbt; the sentence they are refused with."""
    dbt = Dbt(home, DuckDbLimits())
    dbt.manifest = parsed
    variables = dbt_vars(load_settings(DEMO_CONFIG), date(2026, 6, 30))

    def night(full_refresh: bool = False, **settings: int) -> str | None:
        given = variables | settings
        error = audit_error(dbt.build(given, *CHOSEN, full_refresh=full_refresh))
        return str(error) if error else None

    return night


def execute(home: Home, statement: str) -> list[tuple]:
    with duckdb.connect(home.warehouse) as warehouse:
        return warehouse.execute(statement).fetchall()


def mark(home: Home) -> None:
    """Change a row as if the recipe had made it: only a rebuild for another reason removes it."""
    execute(home, CHANGE)
    with duckdb.connect(home.warehouse) as warehouse:
        rows_made = fingerprint(warehouse, *TABLES[0].split("."))
        warehouse.execute(
            "update ledger.recipes set rows_made = ? where model like '%sessions'", [rows_made]
        )


def rows(home: Home) -> list[Counter]:
    return [Counter(execute(home, f"from {table}")) for table in TABLES]


def test_a_night_touches_what_changed_and_a_rebuild_everything(home, night):
    assert night() is None
    mark(home)
    execute(home, NEXT_NIGHT)
    assert night() is None
    assert execute(home, MARKED) == [(1,)], "the night was incremental"
    assert night(full_refresh=True) is None
    assert execute(home, MARKED) == [(0,)]
    at_once = rows(home)

    assert night() is None
    assert rows(home) == at_once


@pytest.mark.parametrize(
    "statement",
    [
        CHANGE,
        f"update {SESSIONS} set talk_seconds = talk_seconds + 1000, manager_id = 'u9'",
        f"update {SESSIONS} set manager_id = if(session_id = 'c5', 'u7', 'u8')"
        " where session_id in ('c5', 'c6')",
        f"delete from {SESSIONS} where session_id = 'c5'",
        f"insert into {SESSIONS} from {SESSIONS} limit 1",
        # As dbt with an edited model builds it: two columns under each other's name.
        f"create or replace table {SESSIONS} as select * rename"
        f" (lead_id as deal_id, deal_id as lead_id) from {SESSIONS}",
        f"drop table {SESSIONS}",
        "update marts.fct_call set legs = 5 where call_id = 'c3'",
    ],
)
def test_a_table_that_was_changed_between_the_nights_is_rebuilt(home, night, statement):
    assert night() is None
    before = rows(home)
    execute(home, statement)
    assert night() is None
    assert rows(home) == before


def test_a_home_of_an_earlier_version_is_rebuilt_once(home, night):
    assert night() is None
    mark(home)
    execute(home, "update ledger.recipes set rows_made = null")
    assert night() is None
    assert execute(home, MARKED) == [(0,)]
    mark(home)
    assert night() is None
    assert execute(home, MARKED) == [(1,)]
    assert night(full_refresh=True) is None


def test_another_setting_rebuilds_all(home, night):
    assert night() is None
    mark(home)
    assert night(abandoned_short_seconds=9) is None
    assert execute(home, MARKED) == [(0,)]
    mark(home)
    assert night(abandoned_short_seconds=9) is None
    assert execute(home, MARKED) == [(1,)], "the setting is the one that is known"


def test_a_night_that_fails_half_way_leaves_the_rows_and_the_next_one_heals(home, night):
    assert night() is None
    before = rows(home)
    # The session is deleted, and cannot be inserted again.
    execute(home, "update raw_demo.calls set lead_id = null where call_id = 'c4'")
    execute(home, "alter table intermediate.int_calls__sessions alter lead_id set not null")
    assert "NOT NULL constraint failed" in night()
    assert rows(home) == before
    execute(home, "alter table intermediate.int_calls__sessions alter lead_id drop not null")
    assert night() is None
    healed = rows(home)
    assert healed != before
    assert night(full_refresh=True) is None
    assert rows(home) == healed
