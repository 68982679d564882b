"""Publication: whole or not at all, under readers, crashes and restores."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from kits.clients import CLIENTS, Clients
from orchestration import publish as publishing
from orchestration.core.errors import AuditRefusedError, ConfigError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.marts_file import ABOUT
from orchestration.publish import (
    KEPT,
    Publication,
    new_run_id,
    publications,
    publish,
    replaced_later_day,
    restore,
)

AS_OF = date(2026, 6, 30)
LIMITS = DuckDbLimits()
TABLES = ["dim_kpi", "fct_deal"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return made(tmp_path / "the home")


def made(folder: Path) -> Home:
    home = Home(folder)
    home.prepare()
    home.claim("Acme")
    with open_warehouse(home, LIMITS) as warehouse:
        warehouse.execute(
            """
            create schema marts;
            create table marts.dim_kpi (kpi_id varchar, "order" bigint);
            insert into marts.dim_kpi values ('won', 2), ('leads', 1);
            create table marts.fct_deal (deal_id varchar, amount decimal(18, 2));
            insert into marts.fct_deal select format('{:05d}', 999 - i), i from range(1000) t(i);
            comment on table marts.fct_deal is 'One row per deal; a client''s name is not in it.';
            comment on column marts.fct_deal.amount is 'In the deal''s currency.';
            comment on column marts.dim_kpi."order" is 'Where it stands.';
            create table marts.renamed_long_ago (x bigint);
            """
        )
    return home


def night(home: Home, second: int = 0) -> Publication:
    run_id = new_run_id(datetime(2026, 7, 1, 3, 0, second, tzinfo=UTC), "1a2b3c4d")
    return publish(home, LIMITS, run_id, AS_OF, TABLES)


def read(file: Path, query: str) -> list[tuple]:
    with duckdb.connect(file.resolve(), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_rows_are_ordered_and_the_same_in_parquet(home):
    folder = night(home).folder
    deals = read(folder / "marts.duckdb", "from fct_deal")
    assert [deal for deal, _ in deals] == [f"{i:05d}" for i in range(1000)]
    parquet = str(folder / "parquet" / "fct_deal.parquet")
    assert duckdb.execute("from read_parquet(?)", [parquet]).fetchall() == deals


def test_only_the_tables_asked_for_and_the_publication(home):
    night(home)
    tables = read(home.published / "marts.duckdb", "select name from (show tables) order by 1")
    assert tables == [("dim_kpi",), ("fct_deal",), ("publication",)]
    files = sorted(path.name for path in (home.published / "parquet").iterdir())
    assert files == ["dim_kpi.parquet", "fct_deal.parquet", "publication.parquet"]


def test_descriptions_are_carried_over(home):
    night(home)
    file = home.published / "marts.duckdb"
    comments = dict(read(file, "select table_name, comment from duckdb_tables()"))
    assert comments["fct_deal"] == "One row per deal; a client's name is not in it."
    columns = read(file, "select table_name, column_name, comment from duckdb_columns()")
    described = {(table, column): comment for table, column, comment in columns if comment}
    assert described["fct_deal", "amount"] == "In the deal's currency."
    assert described["dim_kpi", "order"] == "Where it stands."
    about = [column for table, column, comment in columns if table == "publication" and comment]
    assert len(about) == 9


def test_the_parquet_files_carry_the_same_descriptions(home):
    """As any reader of the format finds them: DuckDB wrote them."""
    parquet = night(home).folder / "parquet"
    metadata = pq.read_schema(parquet / "fct_deal.parquet").metadata
    assert metadata[b"description"].decode() == "One row per deal; a client's name is not in it."
    assert json.loads(metadata[b"columns"]) == {"amount": "In the deal's currency."}
    undescribed = pq.read_schema(parquet / "dim_kpi.parquet").metadata
    assert undescribed[b"description"] == b""
    assert json.loads(undescribed[b"columns"]) == {"order": "Where it stands."}
    about = pq.read_schema(parquet / "publication.parquet").metadata
    assert about[b"description"].decode() == ABOUT
    assert len(json.loads(about[b"columns"])) == 9


def test_the_publication_says_what_it_is(home):
    published = night(home)
    ((run_id, company, as_of, at, counts, marks),) = read(
        home.published / "marts.duckdb",
        "from publication"
        " select run_id, company, as_of_date, published_at, row_counts, source_watermarks",
    )
    assert (run_id, as_of, at) == (published.id, AS_OF, published.published_at)
    assert company == published.company == "Acme"
    assert counts == '{"dim_kpi": 2, "fct_deal": 1000}'
    assert marks == "{}"


def test_storage_is_the_oldest_and_nothing_is_left_to_replay(home):
    folder = night(home).folder
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{str(folder).replace(chr(39), chr(39) * 2)}/marts.duckdb' as p"
        )
        (tags,) = connection.execute(
            "select tags from duckdb_databases() where database_name = 'p'"
        ).fetchone()
    assert tags["storage_version"].startswith("v1.0.0")
    assert [path.name for path in folder.iterdir() if path.suffix == ".wal"] == []


@pytest.fixture(scope="module")
def reads(tmp_path_factory):
    """What clients read while five nights are published: by client, reads and nights."""
    home = made(tmp_path_factory.mktemp("read") / "the home")
    nights = [night(home).id]
    clients = Clients(home.published, home.root / "stop", pause=0.02)
    for second in range(1, 5):
        with open_warehouse(home, LIMITS) as warehouse:
            warehouse.execute("insert into marts.fct_deal select 'x' || i, 0 from range(500) t(i)")
        nights.append(night(home, second).id)
    return nights, clients.end()


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_never_fail_and_see_whole_nights_only(reads, client):
    nights, found = reads
    if client not in found:
        pytest.skip(f"{client} with its package for DuckDB is not installed")
    count, seen = found[client]
    assert count >= len(seen) >= 2
    assert seen == [one for one in nights if one in seen], "each night once, the older first"
    assert (seen[0], seen[-1]) == (nights[0], nights[-1])


def test_a_reader_that_holds_a_night_goes_on_reading_it_even_when_it_is_pruned(home):
    first = night(home)
    with duckdb.connect(first.folder / "marts.duckdb", read_only=True) as held:
        for second in range(1, KEPT + 1):
            night(home, second)
        assert not first.folder.exists()
        assert held.execute("from marts.fct_deal select sum(amount)").fetchone() == (499500,)


@pytest.mark.parametrize("instruction", ["build_marts_file", "_sync", "_point_to"])
def test_a_crash_leaves_the_night_before_and_the_next_run_cleans_up(home, monkeypatch, instruction):
    before = night(home)

    def crash(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(publishing, instruction, crash)
        night(home, 1)
    assert home.published.resolve() == before.folder
    assert read(home.published / "marts.duckdb", "from fct_deal select count(*)") == [(1000,)]
    after = night(home, 2)
    assert home.published.resolve() == after.folder
    assert list(home.publications.glob(".*")) == []


def test_the_last_five_are_kept_and_the_one_in_place(home):
    nights = [night(home, second).id for second in range(KEPT)]
    restore(home, nights[0])
    nights.append(night(home, KEPT).id)
    assert [one.id for one in publications(home)] == nights[:0:-1]
    assert [one.id for one in publications(home) if one.is_current] == [nights[-1]]


def test_restore_puts_a_night_back(home):
    first = night(home)
    night(home, 1)
    restore(home, first.id)
    assert home.published.resolve() == first.folder
    assert {one.id: one.is_current for one in publications(home)}[first.id]


def test_a_night_of_an_earlier_day_says_what_it_replaces(home):
    assert replaced_later_day(home, AS_OF) is None
    first = night(home)
    assert replaced_later_day(home, AS_OF) is None
    said = replaced_later_day(home, date(2026, 6, 29))
    assert said == (
        "the marts are of 2026-06-29 now and were of 2026-06-30:"
        f" `voronka restore {first.id}` puts these back"
    )


def test_restore_of_an_unknown_night_names_those_kept(home):
    kept = night(home)
    with pytest.raises(ConfigError, match=f"`nope` is not there in .*, kept: {kept.id}"):
        restore(home, "nope")
    assert home.published.resolve() == kept.folder


def test_restore_takes_the_start_of_an_id_that_only_one_has(home):
    first, second = night(home), night(home, 10)
    assert restore(home, "20260701T03000").id == first.id
    assert home.published.resolve() == first.folder
    with pytest.raises(
        ConfigError, match=f"may be {second.id}, {first.id}: give more of its characters"
    ):
        restore(home, "20260701")
    with pytest.raises(ConfigError, match="`` is not there"):
        restore(home, "")
    assert home.published.resolve() == first.folder


@pytest.mark.parametrize("part", ["marts.duckdb", "parquet/publication.parquet", "parquet"])
def test_half_of_a_publication_is_not_put_back(home, part):
    half, whole = night(home), night(home, 1)
    gone = half.folder / part
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    assert [one.id for one in publications(home)] == [whole.id]
    with pytest.raises(ConfigError, match=f"`{half.id}` is not whole in .*, kept: {whole.id}"):
        restore(home, half.id)
    assert home.published.resolve() == whole.folder


def test_a_crash_while_an_old_night_is_removed_leaves_whole_ones_only(home, monkeypatch):
    nights = [night(home, second).id for second in range(KEPT)]

    def crash(folder):
        (folder / "marts.duckdb").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(shutil, "rmtree", crash)
        night(home, KEPT)
    assert [one.id for one in publications(home)][1:] == nights[:0:-1]
    with pytest.raises(ConfigError, match="is not there"):
        restore(home, nights[0])
    night(home, KEPT + 1)
    assert list(home.publications.glob(".*")) == []


def test_published_files_are_readable_by_the_group_of_the_home(home):
    with home.locked():
        folder = night(home).folder
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


def test_no_publications_yet(tmp_path):
    assert publications(Home(tmp_path)) == []
    with pytest.raises(ConfigError, match="kept: none"):
        restore(Home(tmp_path), "nope")


@pytest.mark.parametrize("column", ["phone", "client_phone", "Email", "messenger", "recording_url"])
def test_a_column_named_like_personal_data_is_refused(home, column):
    before = night(home)
    with open_warehouse(home, LIMITS) as warehouse:
        warehouse.execute(f"alter table marts.fct_deal add column {column} varchar")
    with pytest.raises(AuditRefusedError, match=f"marts.fct_deal.{column} has a name of personal"):
        night(home, 1)
    assert home.published.resolve() == before.folder
