"""Source `sql`: a database gives what files of the same rows give, a night at a time."""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from kits.files import Landed, counts
from kits.vendors import files_with
from orchestration.core.entities import ENTITIES
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.doctor import diagnose
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.settings import load_settings
from orchestration.sources.landing import Load, land
from orchestration.sources.sql_database.database import Database as Reader

BUSINESS = """
[business]
name = "Shop"
time_zone = "Europe/Moscow"
base_currency = "RUB"
"""
DEALS = """
[sources.crm.entities.deals]
table = "deals"
columns = { deal_id = "id", created_at = "created", amount = "sum", updated_at = "changed" }
"""
CURSOR = DEALS.replace('"deals"\n', '"deals"\ncursor = "changed"\n', 1)
# SQLite has neither times nor decimals: it holds texts and numbers, and a rate has too many digits
# for one.
DECLARED = {
    **{"text": "text", "timestamp": "datetime", "money": "numeric", "decimal": "numeric"},
    "rate": "text",
}
STORED = {
    **{"timestamp": "varchar", "date": "varchar", "money": "double", "decimal": "double"},
    "rate": "varchar",
}


class Database:
    """An SQLite file with one small table of deals, and a home that it is landed in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "crm.sqlite"
        self.home = Landed(Home(folder / "home"))
        self.execute("create table deals (id integer, created datetime, sum, changed datetime)")

    def execute(self, *statements: str) -> None:
        with sqlite3.connect(self.path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def put(self, *rows: tuple) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.executemany("insert into deals values (?, ?, ?, ?)", rows)
        connection.close()

    def land(self, toml: str = DEALS, day: int = 1, **options: object) -> list[Load]:
        return land_sql(self.folder, self.home.home, toml, date(2026, 3, day), **options)

    def deals(self) -> list[tuple]:
        return self.home.query("select deal_id, amount from raw_crm.deals order by 1")


def settings(folder: Path, toml: str):
    path = folder / "voronka.toml"
    head = '[sources.crm]\ntype = "sql"\nurl_env = "CRM_URL"\ntime_zone = "Europe/Moscow"\n'
    path.write_text(BUSINESS + head + toml, encoding="utf-8")
    return load_settings(path)


def land_sql(folder: Path, home: Home, toml: str, as_of: date, **options: object) -> list[Load]:
    home.prepare()
    config = settings(folder, toml).sources["crm"]
    return land("crm", config, home, DuckDbLimits(), folder, as_of, **options)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    found = Database(tmp_path)
    monkeypatch.setenv("CRM_URL", f"sqlite:///{found.path}")
    return found


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.03)


def test_the_demo_company_lands_as_its_files_do(company, tmp_path, monkeypatch):
    tables = company.rows("select table_name from duckdb_tables() where schema_name = 'now'")
    names = [name for name in ENTITIES if {"table_name": name} in tables]
    assert len(names) > 10
    connection = sqlite3.connect(tmp_path / "crm.sqlite")
    for name in names:
        entity = ENTITIES[name]
        declared = [f"{c.name} {DECLARED.get(c.type, c.type)}" for c in entity.columns]
        connection.execute(f"create table {name} ({', '.join(declared)})")
        columns = ", ".join(
            f"cast({c.name} as {STORED[c.type]}) as {c.name}" if c.type in STORED else c.name
            for c in entity.columns
        )
        rows = [tuple(row.values()) for row in company.rows(f"select {columns} from {name}")]
        connection.executemany(
            f"insert into {name} values ({', '.join('?' * len(declared))})", rows
        )
        company.connection.execute(f"copy now.{name} to '{tmp_path}/{name}.csv' (header)")
    connection.commit()
    connection.close()
    monkeypatch.setenv("CRM_URL", f"sqlite:///{tmp_path}/crm.sqlite")

    def mapped(place: str) -> str:
        return "".join(
            f"\n[sources.crm.entities.{name}]\n{place.format(name)}\n"
            + f"columns = {{ {', '.join(f'{c} = {c!r}' for c in ENTITIES[name].column_names)} }}\n"
            for name in names
        )

    def landed(home: str, toml: str) -> dict[str, tuple]:
        place = Home(tmp_path / home)
        place.prepare()
        path = tmp_path / "voronka.toml"
        path.write_text(f'{BUSINESS}[sources.crm]\ntime_zone = "UTC"\n{toml}')
        config = load_settings(path).sources["crm"]
        loads = land("crm", config, place, DuckDbLimits(), tmp_path, LAST_DAY)
        return {load.entity: counts(load) for load in loads}

    sql = landed("sql", 'type = "sql"\nurl_env = "CRM_URL"\n' + mapped('table = "{}"'))
    files = landed("files", 'type = "files"\n' + mapped('path = "{}.csv"'))
    assert sql == files
    assert sum(loaded for _, loaded, _, _ in sql.values()) > 1_000
    with duckdb.connect() as both:
        for home in ("sql", "files"):
            both.execute(f"attach '{tmp_path}/{home}/warehouse.duckdb' as {home} (read_only)")
        for name in names:
            columns = ", ".join(ENTITIES[name].column_names)
            pair = [f"select {columns} from {home}.raw_crm.{name}" for home in ("sql", "files")]
            for one, other in (pair, pair[::-1]):
                assert both.execute(f"{one} except all {other}").fetchall() == [], name


def test_values_are_judged_one_by_one(database):
    """SQLite holds any value in any column: a bad one is one row in quarantine."""
    database.put(
        (1, "2026-02-01 10:00:00", 10.5, None),
        (2, "2026-02-01 10:00:00", "a lot", None),
        (3, "never", 1, None),
    )
    [load] = database.land()
    assert counts(load) == (3, 1, 2, 0)
    assert load.file == "deals"
    assert database.home.query(
        "select row_number, record_id, column_name, value, reason from ledger.quarantine order by 1"
    ) == [
        (2, "2", "amount", "a lot", "is not a number (decimal point)"),
        (
            *(3, "3", "created_at", "never"),
            "is not a date and time of the format YYYY-MM-DD: say its `format`",
        ),
    ]


def test_numbers_of_sqlite(database):
    """A column of whole numbers that was once a column with gaps holds 501.0."""
    database.execute(
        "create table odd (id real, created text, sum, contact, owner)",
        "insert into odd values (1, '2026-02-01', 1234567.5, 501.0, 'A-1'),"
        " (2, '2026-02-01', 12345678901234.25, null, 7), (3, '2026-02-01', 1, 501.5, 7.0)",
    )
    toml = """
    [sources.crm.entities.deals]
    table = "odd"
    decimal = ","
    [sources.crm.entities.deals.columns]
    deal_id = "id"
    created_at = "created"
    amount = "sum"
    contact_id = "contact"
    owner_id = "owner"
    """
    database.land(toml)
    assert database.home.query(
        "select deal_id, amount, contact_id, owner_id from raw_crm.deals order by 1"
    ) == [
        ("1", Decimal("1234567.50"), "501", "A-1"),
        ("2", Decimal("12345678901234.25"), None, "7"),
    ]
    assert database.home.query(
        "select row_number, column_name, value, reason from ledger.quarantine"
    ) == [
        (
            *(3, "contact_id", "501,5"),
            "is not an id: a number that is not whole, or one that has lost digits",
        )
    ]


def test_times_without_an_offset_are_local(database):
    database.put((1, "2026-02-01 10:00:00", 1, "2026-02-01 10:00:00+00:00"))
    database.land()
    assert database.home.query(
        "select cast(created_at as varchar), cast(updated_at as varchar) from raw_crm.deals"
    ) == [("2026-02-01 07:00:00", "2026-02-01 10:00:00")]


def test_query_with_value_map_constant_and_inline_rows(database):
    database.put((1, "2026-02-01 10:00:00", 5, None), (2, "2026-02-01 10:00:00", -5, None))
    toml = """
    [[sources.crm.entities.stages.rows]]
    pipeline_id = "sales"
    pipeline_name = "Sales"
    stage_id = "new"
    stage_name = "New"
    stage_order = 1
    semantics = "open"

    [sources.crm.entities.deals]
    query = "select id, created, sum, 'N:1%' as stage from deals where sum > 0;"
    [sources.crm.entities.deals.columns]
    deal_id = "id"
    created_at = "created"
    amount = "sum"
    currency = { constant = "EUR" }
    pipeline_id = { constant = "sales" }
    stage_id = { column = "stage", values = { "N:1%" = "new" } }
    """
    loads = database.land(toml)
    assert [(load.file, *counts(load)) for load in loads] == [
        ("(rows in the config)", 1, 1, 0, 0),
        ("query 1", 1, 1, 0, 0),
    ]
    assert database.home.query("select deal_id, stage_id, currency from raw_crm.deals") == [
        ("1", "new", "EUR")
    ]


def test_the_columns_of_a_query_may_bear_the_names_of_the_entity(database):
    database.put((1, "2026-02-01 10:00:00", 5, None))
    toml = """
    [sources.crm.entities.deals]
    query = "select id as deal_id, created as created_at, sum as {amount} from deals"
    """
    database.land(toml.format(amount="amount"))
    assert database.deals() == [("1", 5)]
    with pytest.raises(ConfigError, match=r"crm: query 1: .* no column `amont`, did you mean `amo"):
        database.land(toml.format(amount="amont"))


def test_an_empty_table_is_an_empty_entity(database):
    [load] = database.land()
    assert counts(load) == (0, 0, 0, 0)
    assert database.deals() == []


@pytest.mark.parametrize(
    ("counts_told", "is_refused"), [((2, 2), False), ((3, 3), True), ((3, 2), False)]
)
def test_rows_are_counted_by_the_database_too(database, monkeypatch, counts_told, is_refused):
    """It is asked again where the counts differ: people may work in the table meanwhile."""
    database.put((1, "2026-02-01", 1, "2026-02-01"), (2, "2026-02-01", 2, "2026-02-01"))
    told = iter(counts_told)
    monkeypatch.setattr(Reader, "_count", lambda *_: next(told))
    if not is_refused:
        assert counts(database.land()[0]) == (2, 2, 0, 0)
        return
    with pytest.raises(SourceError, match=r"counts 3 rows in deals, but 2 were read: nothing of"):
        database.land()


def test_a_whole_table_loses_the_rows_that_are_gone(database):
    database.put((1, "2026-02-01", 1, "2026-02-01"), (2, "2026-02-01", 2, "2026-02-01"))
    database.land()
    database.execute("delete from deals where id = 1")
    database.land(day=2)
    assert database.deals() == [("2", 2)]


def test_a_table_with_a_cursor_is_read_from_the_newest_landed_row(database):
    database.put((1, "2026-01-01", 1, "2026-02-01 12:00"), (2, "2026-01-01", 2, "2026-02-20 12:00"))
    database.land(CURSOR)
    # A change that its cursor does not tell of is not seen, nor is a row that is gone.
    database.execute(
        "update deals set sum = 99 where id = 1",
        "update deals set sum = 20, changed = '2026-03-01 09:00' where id = 2",
    )
    database.put((3, "2026-03-01", 3, "2026-02-19 13:00"), (4, "2026-03-01", 4, None))
    [load] = database.land(CURSOR, day=2)
    assert database.deals() == [("1", 1), ("2", 20), ("3", 3), ("4", 4)]
    assert counts(load) == (4, 4, 0, 0), "the books tell of the whole table"


def test_a_sweep_reads_the_whole_table_when_it_is_due(database):
    toml = CURSOR.replace("cursor", "sweep_days = 7\ncursor")
    database.put((1, "2026-01-01", 1, "2026-02-01"), (2, "2026-01-01", 2, "2026-02-02"))
    database.land(toml)
    database.execute("delete from deals where id = 1")
    database.land(toml, day=7)
    assert database.deals() == [("1", 1), ("2", 2)]
    database.land(toml, day=8)
    assert database.deals() == [("2", 2)]


def test_a_changed_mapping_is_a_table_read_whole(database):
    database.put((1, "2026-01-01", 1, "2026-02-01"), (2, "2026-01-01", 2, "2026-02-20"))
    database.land(CURSOR)
    database.execute("update deals set sum = 10 where id = 1")
    database.land(
        CURSOR.replace('"sum"', '{ column = "sum", values = { 2 = "7" }, passthrough = true }'),
        day=2,
    )
    assert database.deals() == [("1", 10), ("2", 7)]


def test_quarantined_rows_are_not_forgotten(database):
    """The cursor is past them: they are read again until they are well."""
    database.put((1, "2026-01-01", "?", "2026-02-01"), (2, "2026-01-01", 2, "2026-02-20"))
    assert counts(database.land(CURSOR)[0]) == (2, 1, 1, 0)
    assert counts(database.land(CURSOR, day=2)[0]) == (2, 1, 1, 0)
    database.execute("update deals set sum = 1 where id = 1")
    assert counts(database.land(CURSOR, day=3)[0]) == (2, 2, 0, 0)


def test_a_change_of_the_far_future_does_not_end_all_reading(database):
    database.put((1, "2026-01-01", 1, "2099-01-01"), (2, "2026-01-01", 2, "2026-02-20"))
    database.land(CURSOR)
    database.put((3, "2026-03-01", 3, "2026-03-01"))
    database.land(CURSOR, day=2)
    assert database.deals() == [("1", 1), ("2", 2), ("3", 3)]


def test_a_landing_that_broke_off_is_made_good(database, monkeypatch):
    """What it had landed may be newer than its books: nothing of them is believed."""
    database.put((1, "2026-01-01", 1, "2026-01-01"), (2, "2026-01-01", 2, "2026-02-20"))
    database.land(CURSOR)
    database.execute("update deals set sum = '?', changed = '2026-03-01' where id = 1")
    database.put((3, "2026-01-01", 3, "2026-04-20"))

    def kill(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("orchestration.sources.raw.record", kill)
        database.land(CURSOR, day=2)
    assert counts(database.land(CURSOR, day=3)[0]) == (3, 2, 1, 0)


def test_a_backfill_takes_its_days_from_the_database(database):
    database.put((1, "2026-01-01 12:00", 1, "2026-02-01"), (2, "2026-01-20 12:00", 2, "2026-02-20"))
    database.land(CURSOR)
    database.execute("update deals set sum = sum * 10")
    database.land(CURSOR, day=2, window=(date(2026, 1, 1), date(2026, 1, 2)), zone="Europe/Moscow")
    assert database.deals() == [("1", 10), ("2", 2)]


def test_a_database_of_duckdb(tmp_path, monkeypatch):
    with duckdb.connect(tmp_path / "crm.duckdb") as connection:
        connection.execute(
            "create schema shop; create table shop.deals as select 'd' || range as id,"
            " timestamp '2026-01-01 12:00' + to_hours(range) as created,"
            " cast(range + 0.25 as decimal(12, 2)) as sum,"
            " timestamptz '2026-01-01 12:00:00+03' + to_hours(range) as changed"
            " from range(60000)"
        )
    monkeypatch.setenv("CRM_URL", f"duckdb:///{tmp_path}/crm.duckdb")
    toml = CURSOR.replace('table = "deals"', 'table = "shop.deals"')
    home = Landed(Home(tmp_path / "home"))
    [load] = land_sql(tmp_path, home.home, toml, date(2032, 12, 1))
    assert (load.file, load.rows_loaded) == ("shop.deals", 60000)
    last = datetime(2026, 1, 1, 9) + timedelta(hours=59_999)
    assert home.query("select count(*), sum(amount), max(created_at) from raw_crm.deals") == [
        (60_000, 60_000 * 59_999 // 2 + 15_000, last)
    ]
    # More than a batch: rows keep their numbers.
    assert home.query("select max(_row), count(distinct _row) from raw_crm.deals") == [
        (60000, 60000)
    ]
    with duckdb.connect(tmp_path / "crm.duckdb") as connection:
        connection.execute("update shop.deals set sum = 0 where id in ('d0', 'd59999')")
    land_sql(tmp_path, home.home, toml, date(2032, 12, 2))
    assert home.query("select deal_id from raw_crm.deals where amount = 0") == [("d59999",)]


@pytest.fixture
def bad(tmp_path, monkeypatch) -> Iterator[Database]:
    found = Database(tmp_path)
    yield found
    # Only the warehouse knows what the database held.
    assert files_with(found.home.home, "s3cret-Pw") == []


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("nonsense-s3cret-Pw", ConfigError, "environment variable CRM_URL has no address of a d"),
        ("mongo://u:s3cret-Pw@h/d", ConfigError, "databases of the kind `mongo` are unknown here"),
        ("sqlite://u:s3cret-Pw@h/{path}", ConfigError, "CRM_URL has no address of a database"),
        ("oracle://u:s3cret-Pw@h/d", ConfigError, "the driver `cx_Oracle` is not installed, inst"),
        ("sqlite:////nowhere/crm", SourceError, "CRM_URL: the sqlite file /nowhere/crm is not th"),
        ("", ConfigError, "environment variable CRM_URL is not set"),
    ],
)
def test_address_that_leads_nowhere(bad, monkeypatch, url, error, said):
    monkeypatch.setenv("CRM_URL", url.format(path=bad.path))
    with pytest.raises(error, match=said) as raised:
        bad.land()
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("toml", "error", "said"),
    [
        (
            DEALS.replace('"deals"', '"deal"', 1),
            SourceError,
            r"crm: the database has no table deal, did you mean `deals`\?",
        ),
        (
            DEALS.replace('"sum"', '"summ"'),
            ConfigError,
            r"crm: deals has no column `summ`, which the mapping of `deals` names,"
            r" did you mean `sum`\?; it has: id, created, sum, changed",
        ),
        (
            DEALS.replace('table = "deals"', 'query = "select id fro deals"'),
            SourceError,
            r'crm: the query failed: near "deals": syntax error',
        ),
        (
            DEALS.replace('table = "deals"', "query = \"select *, id || '-7' as id from deals\""),
            ConfigError,
            r"crm: query 1 has 2 columns with the name `id`, expected one",
        ),
        (
            CURSOR.replace('cursor = "changed"', 'cursor = "sum"').replace(
                'amount = "sum", updated_at = "changed"', 'updated_at = "sum"'
            ),
            ConfigError,
            r"crm: cursor `sum` of table deals is .*, expected a date or a time",
        ),
    ],
)
def test_mapping_that_does_not_fit(database, toml, error, said):
    """The doctor says what the first night will."""
    database.put((1, "2026-01-01", "2026-02-01", "2026-02-01"))
    with pytest.raises(error, match=said) as raised:
        database.land(toml)
    settings(database.folder, toml)
    findings = {f.what: f for f in diagnose(database.folder / "voronka.toml", database.home.home)}
    assert (findings["source crm"].found, findings["source crm"].ok) == (str(raised.value), False)


def test_file_that_is_no_database(database):
    database.path.write_text("this is something else, and long enough to be read as a header" * 40)
    with pytest.raises(SourceError, match="crm: table deals failed: file is not a database"):
        database.land()


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            DEALS.replace('"deals"', '"deals; drop"', 1),
            "is not a name of a table, expected one like",
        ),
        (DEALS.replace('table = "deals"', ""), "needs either `table` or `query` or `rows`"),
        (CURSOR.replace("table = ", "query = "), "`cursor` needs a `table`"),
        (CURSOR.replace(', updated_at = "changed"', ""), "`cursor` is `changed`, which has to be"),
        (DEALS.replace("columns", "sweep_days = 3\ncolumns"), "need a `cursor`"),
        (DEALS.replace("table", "tabel"), "unknown key `tabel`, did you mean `table`?"),
        (
            CURSOR.replace("entities.deals", "entities.deals]]")
            .replace("[sources", "[[sources")
            .replace("]]]", "]]")
            * 2,
            "reads table `deals` more than once",
        ),
    ],
)
def test_config_that_is_refused(tmp_path, toml, said):
    with pytest.raises(ConfigError) as raised:
        settings(tmp_path, toml)
    assert said in str(raised.value)


def test_the_doctor_reads_the_tables(database):
    database.put((1, "2026-01-01", 1, None), (2, "2026-01-01", "x", None))
    settings(database.folder, DEALS)
    findings = {f.what: f for f in diagnose(database.folder / "voronka.toml", database.home.home)}
    assert not findings["crm.deals"].ok
    assert findings["crm.deals"].found == (
        "deals: 2 rows, 1 for quarantine, first row 2 column amount value x:"
        " is not a number (decimal point)"
    )
