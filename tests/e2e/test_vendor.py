"""A night with a vendor beside files: from the vendor's answers to the published marts."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from datetime import date

import duckdb
import pytest

from kits.published import fingerprints, query
from kits.shop import SHOP, Company, make_shop
from kits.vendors import files_with
from orchestration import land_source as alone
from orchestration.assembly import build_definitions
from orchestration.core.home import Home
from orchestration.core.progress import SilentProgress
from orchestration.emulators.company import Company as DemoCompany
from orchestration.emulators.server import serve
from orchestration.emulators.uis import TOKEN, ZONE, Uis
from orchestration.resources import Night
from orchestration.settings import load_settings

pytestmark = pytest.mark.long

SINCE = date(2026, 1, 1)


@pytest.fixture(scope="module")
def uis() -> Uis:
    return Uis(DemoCompany(0.02))


@pytest.fixture(scope="module")
def shop(uis: Uis, tmp_path_factory: pytest.TempPathFactory):
    """A company of file exports and a UIS account, after its first night."""
    with serve(uis.app) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UIS_TOKEN", TOKEN)
        shop = make_shop(tmp_path_factory.mktemp("shop"))
        shop.write(
            "voronka.toml",
            SHOP.replace("as_of = 2026-03-31", "as_of = 2026-06-30")
            + f"""
[sources.pbx]
type = "uis"
token_env = "UIS_TOKEN"
time_zone = "{ZONE}"
history_from = {SINCE}
base_url = "{url}/v2.0"
""",
        )
        ended = shop.run()
        assert ended.status == 0, ended.text
        yield shop


def test_the_marts_hold_the_vendors_calls(shop: Company, uis: Uis):
    came = query(
        shop.marts,
        "select direction, count(*), sum(talk_seconds) from marts.fct_call group by 1 order by 1",
    )
    expected = uis.company.rows(
        f"""
        select direction, count(distinct left(call_id, 8)) as calls, sum(talk_seconds) as seconds
        from calls
        where direction != 'internal'
            and timezone('{ZONE}', timezone('UTC', started_at)) >= date '{SINCE}'
        group by 1 order by 1
        """
    )
    assert came == [tuple(row.values()) for row in expected] != []


def test_the_first_gate_looks_at_the_calls(shop: Company):
    with duckdb.connect(Home(shop.home).warehouse, read_only=True) as warehouse:
        found = warehouse.execute(
            "select count(*), bool_and(passed) from ledger.checks"
            " where gate = 'landing' and source = 'pbx' and entity = 'calls' and severity = 'block'"
        ).fetchone()
        counted = warehouse.execute(
            "select entity, rows_loaded from ledger.loads where source = 'pbx' order by 1"
        ).fetchall()
    assert found[0] > 3 and found[1]
    assert [entity for entity, _ in counted] == ["uis.employees", "uis.legs", "uis.sessions"]
    assert all(rows > 0 for _, rows in counted)


def test_lineage_shows_a_vendor_only_where_it_is_configured(shop: Company):
    both = load_settings(shop.folder / "voronka.toml")
    files = both.model_copy(update={"sources": {"crm": both.sources["crm"]}})

    def graph(settings):
        night = Night(settings, Home(shop.home), date(2026, 6, 30), SilentProgress())
        return build_definitions(night, nullcontext).resolve_asset_graph()

    with_vendor = graph(both)
    keys = {"/".join(key.path): key for key in with_vendor.get_all_asset_keys()}
    staged = keys["staging/stg_uis__calls"]
    parents = {"/".join(key.path) for key in with_vendor.get(staged).parent_keys}
    assert parents == {"raw/pbx/sessions", "raw/pbx/employees", "staging/stg_uis__rings"}
    assert staged in with_vendor.get(keys["landing/calls"]).parent_keys
    without = {"/".join(key.path) for key in graph(files).get_all_asset_keys()}
    of_vendor = {"staging/stg_uis__calls", "raw/pbx/legs", *parents}
    assert keys.keys() - without == of_vendor


_KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from orchestration.core.home import Home
from orchestration.settings import load_settings
from orchestration import land_source as alone
from orchestration.sources.landing import land
from orchestration.sources.connectors import slices as landing

landing._SLICE_ROWS = 1
settings = load_settings(Path(sys.argv[1]))
first, last = (date.fromisoformat(day) for day in sys.argv[3:5])
slices = []

def say(text):
    slices.append(text)
    # Two questions a slice: two slices are landed, the third is asked for.
    if len(slices) == 5:
        os.kill(os.getpid(), signal.SIGKILL)

land("pbx", settings.sources["pbx"], Home(Path(sys.argv[2])), settings.limits, settings.folder,
     last, window=(first, last), say=say)
"""


def test_a_backfill_that_was_killed_goes_on(shop: Company, uis: Uis):
    before = query(shop.marts, "select count(*) from marts.fct_call")[0][0]
    published = fingerprints(shop.marts)
    days = ("2025-08-01", "2025-12-31")
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, shop.folder / "voronka.toml", shop.home, *days],
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    # What it landed is landed, and what is published is as it was.
    assert fingerprints(shop.marts) == published
    uis.asked.clear()
    ended = shop.run("backfill", "--source", "pbx", "--from", days[0], "--to", days[1])
    assert ended.status == 0, ended.text
    asked = [one["params"]["date_from"] for one in uis.asked if "report" in one["method"]]
    # Of the slices of 30 days that were landed only the last may be read again.
    assert min(asked) >= "2025-08-31 00:00:00"
    calls = uis.company.rows(
        f"""
        select count(distinct left(call_id, 8)) as n from calls where direction != 'internal'
            and timezone('{ZONE}', timezone('UTC', started_at)) >= timestamp '{days[0]}'
        """
    )
    after = query(shop.marts, "select count(*) from marts.fct_call")[0][0]
    assert after == calls[0]["n"] > before
    # A window that is filled is read again when it is asked for again; how far the nights have
    # read is kept for the next.
    kept = [path.name for path in (shop.home / "state" / "backfills").iterdir()]
    assert kept == ["pbx.nights.json"]


def test_no_secret_and_no_phone_is_left_in_a_file(shop: Company, uis: Uis):
    phones = uis.company.rows(
        """
        with phones as (
            select client_phone as phone from calls
            where client_phone != '' group by 1 order by hash(client_phone) limit 60
        )
        select unnest([phone, right(regexp_replace(phone, '[^0-9]', '', 'g'), 10)]) as phone
        from phones
        """
    )
    private = [TOKEN, *(row["phone"] for row in phones)]
    assert len(private) > 50
    assert files_with(Home(shop.home), *private) == []


def test_a_source_that_is_landed_alone_says_what_it_asks_for(
    shop: Company, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys
):
    config = ("--config", f"{shop.folder / 'voronka.toml'}", "--home", f"{tmp_path}")
    monkeypatch.setattr("sys.argv", ["uis", *config, "--source", "pbx"])
    with pytest.raises(SystemExit) as ended:
        alone.main()
    assert ended.value.code == 0
    said = capsys.readouterr().out
    first, last = said.index("legs of 2026-01-01 to"), said.index("legs of 2026-06-30 to")
    assert first < last < said.index("uis.legs ")


def test_the_doctor_asks_the_vendor(shop: Company, monkeypatch: pytest.MonkeyPatch):
    well = shop.run("doctor")
    assert well.status == 0, well.text
    assert "the key is valid, account 4711" in well.text
    monkeypatch.setenv("UIS_TOKEN", "another-key-987654321")
    ill = shop.run("doctor")
    assert ill.status == 2
    assert "make a new one and set UIS_TOKEN to it" in ill.text
    assert "987654321" not in ill.text


def test_a_night_that_waits_for_a_vendor_ends_at_once_with_ctrl_c(shop: Company, tmp_path):
    """The vendor takes the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(120)
        path = tmp_path / "voronka.toml"
        path.write_text(
            '[business]\nname = "Shop"\ntime_zone = "Europe/Moscow"\nbase_currency = "RUB"\n'
            'as_of = 2026-03-31\n[sources.pbx]\ntype = "uis"\ntoken_env = "UIS_TOKEN"\n'
            f'time_zone = "{ZONE}"\nhistory_from = 2026-01-01\n'
            f'base_url = "http://127.0.0.1:{silent.getsockname()[1]}/v2.0"\n'
        )
        home = Home(tmp_path / "home")
        code = "from orchestration.cli import main; main()"
        arguments = ["nightly", "--config", str(path), "--home", str(home.root)]
        night = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True
        )
        connection, _ = silent.accept()
        with connection:
            began = time.monotonic()
            night.send_signal(signal.SIGINT)
            said, _ = night.communicate(timeout=60)
        assert time.monotonic() - began < 30
        assert night.returncode == 130 and "Traceback" not in said
        assert not home.is_locked
