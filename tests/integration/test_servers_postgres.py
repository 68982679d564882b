"""The published tables in PostgreSQL: whole or not at all, under readers, kills and views."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from kits.postgres import needs_postgres, postgres
from orchestration.core.errors import ServerError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.publish import new_run_id, publish, restore
from orchestration.servers import columns, schema, serve
from orchestration.servers import postgres as server_module
from orchestration.servers.serve import Postgres, Served
from orchestration.servers.tables import open_published
from orchestration.settings import PostgresServer

pytestmark = needs_postgres

FIRST = date(2026, 6, 30)
LIMITS = DuckDbLimits()
TABLES = ["dim_kpi", "fct_deal", "fct_plan"]
MARTS = "MARTS_ADDRESS"
SERVER = Postgres(PostgresServer(url_env=MARTS))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def address(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database without a schema `marts`."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop database if exists bi with (force)")
        connection.execute("create database bi")
    url = server.replace("/postgres", "/bi")
    monkeypatch.setenv(MARTS, url)
    yield url


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    home.claim("Acme")
    with open_warehouse(home, LIMITS) as warehouse:
        warehouse.execute(
            """
            create schema marts;
            create table marts.dim_kpi (kpi_id varchar, number bigint);
            create table marts.fct_deal (deal_id varchar, amount decimal(38, 2));
            create table marts.fct_plan (
                kpi_id varchar, scope_type varchar, scope_id varchar, period_start date,
                period_end date, version bigint
            );
            comment on table marts.fct_deal is 'One row per deal; a client''s name is not in it.';
            comment on column marts.fct_deal.amount is 'In the deal''s currency.';
            """
        )
    return home


def night(home: Home, number: int = 0, change: str = "", tables: list[str] = TABLES) -> date:
    """Publish a night: as many deals of 1.00 in fct_deal as dim_kpi says, and `change` before."""
    day = FIRST + timedelta(days=number)
    deals = 1000 + number
    with open_warehouse(home, LIMITS) as warehouse:
        warehouse.execute(
            f"""
            delete from marts.fct_deal;
            insert into marts.fct_deal (deal_id, amount)
                select 'd' || i, 1 from range({deals}) as t(i);
            delete from marts.dim_kpi;
            insert into marts.dim_kpi (kpi_id, number) values ('deals', {deals});
            {change}
            """
        )
    at = datetime(2026, 7, 1, 3, number // 60, number % 60, tzinfo=UTC)
    publish(home, LIMITS, new_run_id(at, "1a2b3c4d"), day, tables)
    return day


def serve_night(home: Home, *arguments, **options) -> Served:
    night(home, *arguments, **options)
    return SERVER.put(home, LIMITS)


def rows(address: str, query: str) -> list[tuple]:
    with psycopg.connect(address) as connection:
        return connection.execute(query).fetchall()


def stands(address: str) -> tuple[date, int, int]:
    """The day of the schema, its deals and what dim_kpi says of them."""
    ((day, deals, said),) = rows(
        address,
        "select (select as_of_date from marts.publication), (select sum(amount) from"
        " marts.fct_deal)::bigint, (select number from marts.dim_kpi)",
    )
    assert deals == said
    return day, deals, said


def test_a_schema_is_made_with_types_keys_and_descriptions(home, address):
    served = serve_night(home)
    assert served.rows == {"dim_kpi": 1, "fct_deal": 1000, "fct_plan": 0, "publication": 1}
    assert stands(address) == (FIRST, 1000, 1000)
    keys = dict(
        rows(
            address,
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint"
            " where connamespace = 'marts'::regnamespace and contype in ('p', 'u')",
        )
    )
    assert keys == {
        "marts.dim_kpi": "PRIMARY KEY (kpi_id)",
        "marts.fct_deal": "PRIMARY KEY (deal_id)",
        "marts.fct_plan": "UNIQUE (kpi_id, scope_type, scope_id, period_start, period_end,"
        " version)",
    }
    required = rows(
        address,
        "select attname from pg_attribute where attrelid = 'marts.fct_plan'::regclass"
        " and attnotnull and attnum > 0 order by attnum",
    )
    assert [name for (name,) in required] == [
        *("kpi_id", "scope_type", "scope_id", "period_start", "period_end")
    ]
    described = rows(
        address,
        "select obj_description('marts.fct_deal'::regclass),"
        " col_description('marts.fct_deal'::regclass, 2)",
    )
    assert described == [
        ("One row per deal; a client's name is not in it.", "In the deal's currency.")
    ]


VALUES = {
    "a_text": ("varchar", ["Привет, «мир»", "", 'a "quoted", text\nof two lines', "\\.", "\\N"]),
    "a_sum": (
        "decimal(38, 2)",
        [Decimal("9" * 36 + ".99"), Decimal("-" + "9" * 36 + ".99"), Decimal("0.00")],
    ),
    "an_amount": (
        "decimal(38, 10)",
        [
            Decimal("0.0000000001"),
            Decimal("-44.1234560000"),
            Decimal("1" + "0" * 27 + ".0000000000"),
        ],
    ),
    "a_count": ("bigint", [2**63 - 1, -(2**63), 0]),
    "a_number": ("integer", [2**31 - 1, -(2**31)]),
    "a_rate": ("double", [0.1, 1e300, -5e-324, 1 / 3, float("inf")]),
    "a_day": ("date", [date(1, 1, 1), date(9999, 12, 31), date(2026, 3, 29)]),
    "is_so": ("boolean", [True, False]),
    # Europe/Berlin has no 02:30 on 2026-03-29 and two of them on 2026-10-25.
    "happened_at": (
        "timestamp",
        [
            datetime(2026, 3, 29, 0, 59, 59, 999999),
            datetime(2026, 3, 29, 2, 30),
            datetime(2026, 10, 25, 0, 30),
            datetime(2026, 10, 25, 1, 30),
            datetime(1969, 12, 31, 23, 59, 59, 1),
        ],
    ),
    "written_at": ("timestamptz", [datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_come_back_as_they_were(home, address, name):
    type_, values = VALUES[name]
    with open_warehouse(home, LIMITS) as warehouse:
        warehouse.execute(f"create table marts.dim_value (row_no bigint, {name} {type_})")
        warehouse.executemany(
            "insert into marts.dim_value values (?, ?)", [*enumerate(values), (99, None)]
        )
    serve_night(home, tables=["dim_value"])
    with psycopg.connect(address) as connection:
        # As a BI tool elsewhere.
        connection.execute("set timezone = 'Europe/Berlin'")
        found = connection.execute(
            f"select row_no, {name} from marts.dim_value order by row_no"
        ).fetchall()
    if type_.startswith("timestamp"):
        values = [value.replace(tzinfo=UTC) for value in values]
        found = [(number, value and value.astimezone(UTC)) for number, value in found]
    assert found == [*enumerate(values), (99, None)]


def test_a_character_that_postgres_has_not_is_left_out(home, address):
    change = "create table marts.dim_text as select 'a' || chr(0) || 'b' as name"
    serve_night(home, change=change, tables=["dim_text"])
    assert rows(address, "select name from marts.dim_text") == [("ab",)]


class Reader(threading.Thread):
    """Asks all the while how many deals there are, in one statement and in one transaction."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.stop = address, threading.Event()
        self.seen: list[date] = []
        self.slowest = 0.0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self.address, autocommit=True) as connection:
                while not self.stop.is_set():
                    began = time.perf_counter()
                    self._one_statement(connection)
                    self._one_transaction(connection)
                    self.slowest = max(self.slowest, time.perf_counter() - began)
        except Exception as error:
            self.error = error

    def _one_statement(self, connection: psycopg.Connection) -> None:
        found = connection.execute(
            "select as_of_date, number, (select sum(amount) from marts.fct_deal),"
            " (select count(*) from marts.fct_deal)"
            " from marts.publication cross join marts.dim_kpi"
        ).fetchall()
        self._check(found)

    def _one_transaction(self, connection: psycopg.Connection) -> None:
        with connection.transaction():
            connection.execute("set transaction isolation level repeatable read, read only")
            ((day,),) = connection.execute("select as_of_date from marts.publication").fetchall()
            time.sleep(0.01)
            ((total, count),) = connection.execute(
                "select sum(amount), count(*) from marts.fct_deal"
            ).fetchall()
            time.sleep(0.01)
            ((said,),) = connection.execute("select number from marts.dim_kpi").fetchall()
        self._check([(day, said, total, count)])

    def _check(self, found: list[tuple]) -> None:
        ((day, said, total, count),) = found
        assert said == total == count == 1000 + (day - FIRST).days
        if self.seen[-1:] != [day]:
            self.seen.append(day)


@contextmanager
def readers(address: str, count: int = 2) -> Iterator[list[Reader]]:
    reading = [Reader(address) for _ in range(count)]
    for one in reading:
        one.start()
    try:
        yield reading
    finally:
        for one in reading:
            one.stop.set()
            one.join()
    for one in reading:
        if one.error:
            raise one.error


def test_readers_see_one_night_whatever_happens(home, address):
    serve_night(home)
    with readers(address) as reading:
        for number in range(1, 6):
            serve_night(home, number)
        time.sleep(0.2)
    for one in reading:
        assert one.seen == sorted(set(one.seen))
        assert len(one.seen) >= 3
        assert (one.seen[0], one.seen[-1]) == (FIRST, FIRST + timedelta(days=5))


def test_readers_see_one_night_while_columns_change(home, address):
    """One that began before the change sees its own night."""
    serve_night(home)
    with readers(address) as reading:
        changes = [
            "alter table marts.fct_deal add column product varchar",
            "alter table marts.fct_deal add column paid_at timestamp",
            "alter table marts.fct_deal drop column product",
            "alter table marts.fct_deal alter paid_at type date",
        ]
        for number, change in enumerate(changes, start=1):
            serve_night(home, number, change)
        time.sleep(0.2)
    for one in reading:
        assert one.seen == sorted(set(one.seen))
        assert one.seen[-1] == FIRST + timedelta(days=4)
    kinds = rows(
        address,
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = 'marts.fct_deal'::regclass and attnum > 0 and not attisdropped",
    )
    assert dict(kinds) == {"deal_id": "text", "amount": "numeric(38,2)", "paid_at": "date"}


def test_a_publication_does_not_wait_for_readers_nor_they_for_it(home, address, monkeypatch):
    serve_night(home)
    began, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(schema.Schema, "describe", lambda self, table: began.set() or go_on.wait())
    night(home, 1)
    with psycopg.connect(address) as reader:
        reader.execute("set transaction isolation level repeatable read")
        assert reader.execute("select count(*) from marts.fct_deal").fetchone() == (1000,)
        writer = threading.Thread(target=SERVER.put, args=(home, LIMITS))
        writer.start()
        assert began.wait(20)
        # All is written and nothing is committed.
        assert stands(address) == (FIRST, 1000, 1000)
        go_on.set()
        writer.join()
        assert stands(address)[0] == FIRST + timedelta(days=1)
        assert reader.execute("select as_of_date from marts.publication").fetchone() == (FIRST,)
        assert reader.execute("select count(*) from marts.fct_deal").fetchone() == (1000,)


def test_a_view_and_a_right_of_bi_go_on_working(home, address):
    serve_night(home)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("create schema bi")
        admin.execute("create view bi.total as select sum(amount) as total from marts.fct_deal")
        admin.execute("drop role if exists analyst")
        admin.execute("create role analyst login")
        admin.execute("grant usage on schema marts to analyst")
        admin.execute("grant select on all tables in schema marts to analyst")
    serve_night(home, 1)
    serve_night(home, 2, "alter table marts.fct_deal add column product varchar default 'tea'")
    assert rows(address, "select total from bi.total") == [(1002,)]
    as_analyst = address.replace("reader@", "analyst@")
    assert rows(as_analyst, "select product, count(*) from marts.fct_deal group by 1") == [
        ("tea", 1002)
    ]


def test_a_view_on_a_column_that_goes_is_named_and_nothing_changes(home, address):
    serve_night(home)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("create schema bi")
        admin.execute("create view bi.numbers as select number from marts.dim_kpi")
    change = "alter table marts.dim_kpi alter number type double"
    with pytest.raises(ServerError, match=r"cannot drop column number.*view bi\.numbers depends"):
        serve_night(home, 1, change)
    assert stands(address) == (FIRST, 1000, 1000)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("drop view bi.numbers")
    SERVER.put(home, LIMITS)
    assert stands(address)[0] == FIRST + timedelta(days=1)


def test_a_mart_that_is_not_published_any_more_goes(home, address):
    serve_night(home)
    serve_night(home, 1, tables=["dim_kpi", "fct_deal"])
    names = rows(address, "select tablename from pg_tables where schemaname = 'marts' order by 1")
    assert [name for (name,) in names] == ["dim_kpi", "fct_deal", "publication"]


def test_a_key_that_changes_is_changed(home, address):
    serve_night(home)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("alter table marts.fct_deal drop constraint fct_deal_pkey")
        admin.execute("alter table marts.fct_deal alter column deal_id drop not null")
    serve_night(home, 1)
    found = rows(
        address,
        "select pg_get_constraintdef(oid) from pg_constraint"
        " where conrelid = 'marts.fct_deal'::regclass and contype = 'p'",
    )
    assert found == [("PRIMARY KEY (deal_id)",)]


def test_a_reader_that_never_ends_stops_a_change_of_columns_only(home, address, monkeypatch):
    monkeypatch.setattr(schema, "LOCK_SECONDS", 1)
    serve_night(home)
    with psycopg.connect(address) as held:
        held.execute("select count(*) from marts.fct_deal")
        serve_night(home, 1)
        with pytest.raises(ServerError, match="fct_deal has to change its columns, and somebody"):
            serve_night(home, 2, "alter table marts.fct_deal add column product varchar")
        # Others read meanwhile and afterwards.
        assert stands(address)[0] == FIRST + timedelta(days=1)
    SERVER.put(home, LIMITS)
    assert stands(address)[0] == FIRST + timedelta(days=2)


KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.servers import postgres, schema
from orchestration.servers.serve import Postgres
from orchestration.settings import PostgresServer

done, of, name = 0, *sys.argv[2:4]
module = {"postgres": postgres, "schema": schema.Schema}[of]
whole = getattr(module, name)

def half(*arguments):
    global done
    done += 1
    if done == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*arguments)

setattr(module, name, half)
server = Postgres(PostgresServer(url_env="MARTS_ADDRESS"))
server.put(Home(Path(sys.argv[1])), DuckDbLimits())
"""


@pytest.mark.parametrize(
    ("of", "name", "number"),
    [
        ("postgres", "_csv", 2),
        ("postgres", "_replace", 2),
        ("schema", "change", 1),
        ("schema", "describe", 3),
        ("postgres", "tidy", 1),
    ],
)
def test_a_kill_leaves_the_night_before(home, address, of, name, number):
    serve_night(home)
    night(home, 1, "alter table marts.fct_deal add column product varchar")
    arguments = [sys.executable, "-c", KILLED, str(home.root), of, name, str(number)]
    ended = subprocess.run(arguments, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    # Space is tidied up after the commit.
    assert stands(address)[0] == FIRST + timedelta(days=1 if name == "tidy" else 0)
    serve_night(home, 2)
    assert stands(address) == (FIRST + timedelta(days=2), 1002, 1002)


def test_a_connection_that_breaks_leaves_the_night_before(home, address, monkeypatch):
    serve_night(home)
    whole = schema.Schema.describe

    def broken(self, table):
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'voronka'"
            )
        whole(self, table)

    with monkeypatch.context() as patch:
        patch.setattr(schema.Schema, "describe", broken)
        with pytest.raises(ServerError, match="was not changed and has the marts it had"):
            serve_night(home, 1, "comment on table marts.fct_deal is 'Other.'")
    assert stands(address) == (FIRST, 1000, 1000)


@contextmanager
def breaking_commits(address: str, monkeypatch, after: bool, is_down: bool = False):
    """Within the block, the connection of a publication breaks before or after its commit is done
    on the server; `is_down`: and no other connection is made."""
    whole, done = psycopg.Connection.transaction, []

    @contextmanager
    def transaction(self, *arguments, **options):
        if done:
            if is_down:
                raise psycopg.OperationalError("the server is down")
            with whole(self, *arguments, **options) as inner:
                yield inner
            return
        if self.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            with whole(self, *arguments, **options) as inner:
                yield inner
            return
        self.execute("begin")
        yield None
        done.append(True)
        if after:
            self.execute("commit")
        pid = self.info.backend_pid
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(%s)", [pid])
        self.execute("commit")

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "transaction", transaction)
        yield


def test_a_connection_that_breaks_after_the_commit_has_published(home, address, monkeypatch):
    serve_night(home)
    with breaking_commits(address, monkeypatch, after=True):
        served = serve_night(home, 1)
    assert served.rows["fct_deal"] == 1001
    assert stands(address) == (FIRST + timedelta(days=1), 1001, 1001)


def test_a_connection_that_breaks_before_the_commit_has_not(home, address, monkeypatch):
    serve_night(home)
    with (
        breaking_commits(address, monkeypatch, after=False),
        pytest.raises(ServerError, match="was not changed and has the marts it had"),
    ):
        serve_night(home, 1)
    assert stands(address) == (FIRST, 1000, 1000)


@pytest.mark.parametrize("after", [True, False])
def test_what_nobody_knows_is_said(home, address, monkeypatch, after):
    serve_night(home)
    with (
        breaking_commits(address, monkeypatch, after, is_down=True),
        pytest.raises(ServerError, match="has either the marts of this night or those it had"),
    ):
        serve_night(home, 1)
    assert stands(address)[0] == FIRST + timedelta(days=int(after))
    # Once the server is there again, a publication puts it right.
    SERVER.put(home, LIMITS)
    assert stands(address)[0] == FIRST + timedelta(days=1)


def test_a_broken_connection_after_all_is_written_is_no_failure(home, address, monkeypatch):
    """The space of old rows is tidied up another time."""
    tidy = server_module.tidy

    def broken(connection, *arguments):
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        tidy(connection, *arguments)

    monkeypatch.setattr(server_module, "tidy", broken)
    assert serve_night(home).rows["fct_deal"] == 1000
    assert stands(address) == (FIRST, 1000, 1000)


def test_a_key_too_long_for_an_index_is_left_out_for_the_night(home, address):
    """Texts that do not compress, so that the server cannot shorten them either."""
    long_ = "string_agg(md5(i::varchar), '')"
    serve_night(home)
    longest = f"update marts.dim_kpi set kpi_id = (select {long_} from range(100) as t(i))"
    serve_night(home, 1, longest)
    assert stands(address) == (FIRST + timedelta(days=1), 1001, 1001)
    kinds = "select contype::text from pg_constraint where conrelid = 'marts.dim_kpi'::regclass"
    assert rows(address, kinds) == []
    assert rows(address, "select length(kpi_id) from marts.dim_kpi") == [(3200,)]
    fitting = f"update marts.dim_kpi set kpi_id = (select {long_}[:2500] from range(100) as t(i))"
    serve_night(home, 2, fitting)
    assert stands(address)[0] == FIRST + timedelta(days=2)
    # The rows of the night before were still in the table: the key is back one night later.
    serve_night(home, 3, fitting)
    assert rows(address, kinds) == [("p",)]
    assert rows(address, "select length(kpi_id) from marts.dim_kpi") == [(2500,)]


def test_a_negative_zero_is_zero(home, address):
    change = "create table marts.dim_zero as select cast('-0.0' as double) as rate"
    serve_night(home, change=change, tables=["dim_zero"])
    assert rows(address, "select rate::text from marts.dim_zero") == [("0",)]


def test_rows_that_differ_are_refused_within_the_transaction(home, address, monkeypatch):
    serve_night(home)
    monkeypatch.setattr(columns, "selected", lambda table: f"select * from {table.name} limit 999")
    with pytest.raises(ServerError, match=r"table fct_deal has 999 rows .* and 1,001 rows"):
        serve_night(home, 1)
    assert stands(address) == (FIRST, 1000, 1000)


def test_one_value_that_differs_is_refused(home, address, monkeypatch):
    serve_night(home)
    plain = columns.selected

    def wrong(table):
        if table.name != "fct_deal":
            return plain(table)
        return "select deal_id, if(deal_id = 'd7', 1.01, amount) as amount from fct_deal"

    monkeypatch.setattr(columns, "selected", wrong)
    with pytest.raises(ServerError, match="table fct_deal has 1,001 rows with the sum"):
        serve_night(home, 1)
    assert stands(address) == (FIRST, 1000, 1000)


def test_the_fingerprints_of_all_types_agree(home, address):
    """The test above shows that the comparison finds one hundredth; this one that it is made of
    each type, since a difference would have refused the rows."""
    columns_, values = [], []
    for name, (type_, given) in VALUES.items():
        columns_.append(f"{name} {type_}")
        values.append(given[0])
    with open_warehouse(home, LIMITS) as warehouse:
        warehouse.execute(f"create table marts.dim_value ({', '.join(columns_)})")
        marks = ", ".join("?" * len(values))
        warehouse.execute(f"insert into marts.dim_value values ({marks})", values)
        warehouse.execute(
            f"insert into marts.dim_value values ({', '.join(['null'] * len(values))})"
        )
    serve_night(home, tables=["dim_value"])
    with open_published(home, LIMITS) as file:
        (table,) = (one for one in file.tables() if one.name == "dim_value")
        for place, one in enumerate(table.columns):
            narrow = type(table)(table.name, None, (one,), ())
            expected = file.connection.execute(columns.fingerprint_of_file(narrow)).fetchone()
            found = rows(
                address,
                f"select count(*), sum({columns.hash_on_server(narrow)}) from marts.dim_value",
            )
            assert tuple(map(int, found[0])) == tuple(map(int, expected)), place


@pytest.mark.parametrize(
    "statement",
    [
        "create schema marts; create table marts.customers (id bigint)",
        "create schema marts; create table marts.publication (id bigint)",
        "create schema marts; create view marts.fct_deal as select 1 as x",
    ],
)
def test_a_schema_with_other_tables_is_refused(home, address, statement):
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(statement)
    with pytest.raises(ServerError, match="has tables that Voronka did not make"):
        serve_night(home)
    assert rows(address, "select count(*) from pg_class where relname = 'dim_kpi'") == [(0,)]


def test_a_table_of_somebody_in_the_schema_is_refused_later_too(home, address):
    serve_night(home)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("create table marts.mine as select 1 as x")
    with pytest.raises(ServerError, match=r"did not make \(mine\), expected a schema of its own"):
        serve_night(home, 1)
    assert stands(address)[0] == FIRST


def test_a_schema_of_another_company_is_refused(home, address, tmp_path):
    serve_night(home)
    home.claim("Other", adopt=True)
    with pytest.raises(ServerError, match="holds the marts of company Acme, and this night is of"):
        serve_night(home, 1)
    assert stands(address)[0] == FIRST


def test_a_restored_publication_is_served(home, address):
    first = serve_night(home)
    serve_night(home, 1)
    restore(home, first.publication)
    SERVER.put(home, LIMITS)
    assert stands(address) == (FIRST, 1000, 1000)


def test_a_password_that_is_refused_is_not_told(home, address, monkeypatch):
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("drop role if exists guest")
        admin.execute("create role guest login password 'the right one'")
        ((rules,),) = admin.execute("show hba_file").fetchall()
        before = Path(rules).read_text()
        Path(rules).write_text(f"host all guest 127.0.0.1/32 scram-sha-256\n{before}")
        admin.execute("select pg_reload_conf()")
    monkeypatch.setenv(MARTS, address.replace("reader@", "guest:the-wrong-one-74@"))
    for _ in range(50):
        with pytest.raises(ServerError) as caught:
            serve_night(home)
        if "password" in str(caught.value):
            break
        time.sleep(0.1)
    assert "password authentication failed" in str(caught.value)
    assert "the-wrong-one-74" not in str(caught.value)
    assert re.fullmatch(
        r"schema marts of the server in MARTS_ADDRESS was not changed .*; the files are those of"
        r" 2026-06-30; correct this and run `voronka publish`, or wait for the next night",
        str(caught.value),
    )
    with pytest.raises(ServerError) as examined:
        SERVER.examine("Acme")
    assert "the-wrong-one-74" not in str(examined.value)


def test_a_server_that_is_down_is_one_sentence(home, monkeypatch):
    monkeypatch.setenv(MARTS, "postgresql://voronka:secret-word@127.0.0.1:1/bi")
    night(home)
    with pytest.raises(ServerError, match=r"schema marts .* has the marts it had") as caught:
        SERVER.put(home, LIMITS)
    assert "secret-word" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("given", ["", "mysql://a:secret-word@b/c", "host='x"])
def test_an_address_that_is_none_is_one_sentence(home, monkeypatch, given):
    monkeypatch.setenv(MARTS, given)
    night(home)
    with pytest.raises(ServerError, match="environment variable MARTS_ADDRESS") as caught:
        SERVER.put(home, LIMITS)
    assert "secret-word" not in str(caught.value)


def test_an_address_of_sqlalchemy_is_taken(home, address, monkeypatch):
    monkeypatch.setenv(MARTS, address.replace("postgresql://", "postgresql+psycopg://"))
    serve_night(home)
    assert stands(address)[0] == FIRST


def test_a_missing_library_is_named(home, monkeypatch):
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    with pytest.raises(ServerError, match=r"pip install 'voronka\[publish-postgres\]'"):
        serve_night(home)


def test_what_is_examined_says_what_the_schema_holds(home, address):
    assert re.fullmatch(
        r"PostgreSQL \d+, schema marts of the server in MARTS_ADDRESS is empty",
        SERVER.examine("Acme"),
    )
    serve_night(home)
    assert SERVER.examine("Acme").endswith("has 4 tables as of 2026-06-30")
    with pytest.raises(ServerError, match="holds the marts of company Acme"):
        SERVER.examine("Other")


def test_a_user_without_rights_is_told(home, address, monkeypatch):
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("drop role if exists nobody_here")
        admin.execute("create role nobody_here login")
    monkeypatch.setenv(MARTS, address.replace("reader@", "nobody_here@"))
    with pytest.raises(ServerError, match="no schema marts, and the user may not make it"):
        SERVER.examine("Acme")
    with pytest.raises(ServerError, match="permission denied for database bi"):
        serve_night(home)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("create schema marts")
    with pytest.raises(ServerError, match="the user may not make tables in schema marts"):
        SERVER.examine("Acme")
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("grant usage, create on schema marts to nobody_here")
        admin.execute("drop role if exists analyst_by_default")
        admin.execute("create role analyst_by_default login")
        admin.execute("grant usage on schema marts to analyst_by_default")
        admin.execute(
            "alter default privileges for role nobody_here in schema marts"
            " grant select on tables to analyst_by_default"
        )
    SERVER.examine("Acme")
    serve_night(home, 1)
    as_analyst = address.replace("reader@", "analyst_by_default@")
    assert stands(as_analyst)[0] == FIRST + timedelta(days=1)


def test_space_of_old_rows_is_used_again(home, address):
    serve_night(home)
    sizes = []
    for number in range(1, 8):
        serve_night(home, number)
        ((size,),) = rows(address, "select pg_total_relation_size('marts.fct_deal')")
        sizes.append(size)
    assert len(set(sizes[2:])) == 1
