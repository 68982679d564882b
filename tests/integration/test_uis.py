"""UIS: the demo company's calls through its Data API, and back to the entity."""

import logging
from datetime import date, timedelta

import pytest

from kits.profiles import fault_seeds
from kits.vendors import conform_vendor, files_with, land_vendor, rows, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.server import serve
from orchestration.emulators.uis import NOT_CARRIED, RENAMED, TOKEN, ZONE, Uis
from orchestration.sources.calls.uis import api
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.calls.uis.tables import LEGS, SESSIONS
from orchestration.sources.connectors import slices as landing


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UIS_TOKEN", TOKEN)


def source(url: str, **options: object) -> UisSource:
    return UisSource(
        type="uis",
        token_env="UIS_TOKEN",
        time_zone=ZONE,
        base_url=f"{url}/v2.0",
        **{"history_from": date(2024, 1, 1), **options},
    )


def land(home: Home, uis: Uis, as_of: date = LAST_DAY, **options: object) -> Home:
    with serve(uis.app) as url:
        land_vendor(home, source(url, **options), "pbx", as_of)
    return home


@pytest.fixture(scope="module")
def fresh(company, tmp_path_factory) -> Home:
    """A home with one load of everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UIS_TOKEN", TOKEN)
        return land(Home(tmp_path_factory.mktemp("fresh")), Uis(company))


def test_every_call_is_equal_after_the_round_trip(company, fresh, vendor_models):
    with conform_vendor(fresh, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = rows(warehouse, "from landing.calls", "call_id")
    own = {row["call_id"]: row for row in company.rows(RENAMED["calls"])}
    assert came.keys() == own.keys()
    assert any(row["user_email"] for row in own.values())
    for key, row in own.items():
        expected = row | dict.fromkeys(NOT_CARRIED["calls"])
        for name in expected:
            assert came[key][name] == expected[name], f"{name} of {key}"


def test_managers_who_left_keep_their_calls(company, tmp_path, vendor_models):
    home = land(Home(tmp_path), Uis(company, staff="true"))
    land(home, Uis(company))
    with conform_vendor(home, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = warehouse.execute(
            "select distinct phone_ext, user_email from landing.calls where phone_ext is not null"
        ).fetchall()
    users = company.rows(
        "select phone_ext, email from users where phone_ext in"
        " (select phone_ext from calls where direction != 'internal')"
    )
    assert set(came) == {(row["phone_ext"], row["email"]) for row in users}


def test_a_later_night_brings_what_a_fresh_load_would(company, fresh, tmp_path):
    uis = Uis(company)
    with company.earlier():
        home = land(Home(tmp_path), uis, LAST_DAY - timedelta(days=20))
    uis.asked.clear()
    land(home, uis)
    same(home, fresh, "pbx")
    first = min(one["params"].get("date_from", "9") for one in uis.asked)
    # The last call of the earlier night is of the 9th; three days before it may have changed.
    assert first == "2026-06-05 00:00:00"


def test_every_question_names_its_fields(company, tmp_path):
    uis = Uis(company)
    land(Home(tmp_path), uis)
    reports = [one["params"] for one in uis.asked if "report" in one["method"]]
    paths = [{one.path for one in table.fields} for table in (SESSIONS, LEGS)]
    assert all(set(params["fields"]) in paths for params in reports)
    # Legs of the last day's sessions may begin on the next.
    assert max(one["date_till"] for one in reports if "talk_duration" in one["fields"]) == (
        f"{LAST_DAY} 23:59:59"
    )
    assert max(one["date_till"] for one in reports) == f"{LAST_DAY + timedelta(days=1)} 05:59:59"


def test_rows_of_one_second_are_read_whatever_their_order(company, tmp_path, monkeypatch):
    """UIS does not sort by id, so the order of rows of one second may change between pages."""
    some = {"history_from": date(2026, 5, 1)}
    whole = land(Home(tmp_path / "whole"), Uis(company), **some)
    monkeypatch.setattr(api, "PAGE", 3)
    uis = Uis(company, per_minute=100_000, per_day=100_000, max_page=3, max_offset=0)
    limits = {"requests_per_minute": 100_000, "requests_per_day": 100_000}
    same(land(Home(tmp_path / "pages"), uis, **limits, **some), whole, "pbx")
    assert uis.refused == {}
    begun = {one["params"].get("date_from", "")[11:] for one in uis.asked}
    assert len(begun) > 20, "pages begin where the one before ended"


def test_more_rows_of_one_second_than_fit_on_a_page_are_all_read(company, tmp_path, monkeypatch):
    """A day of calls that all began in one second."""
    monkeypatch.setattr(api, "PAGE", 1_000)
    uis = Uis(company, max_page=1_000)
    second = "2026-05-04 12:00:00"
    rows = [{"id": n, "start_time": second, "direction": "in"} for n in range(2_500)]
    monkeypatch.setattr(uis, "_report", lambda method: list(rows))
    monkeypatch.setattr("random.Random.shuffle", lambda self, rows: None)
    with serve(uis.app) as url, api.UisApi("pbx", source(url)) as client:
        pages = client.report(
            "get.calls_report", "2026-05-04 00:00:00", "2026-05-04 23:59:59", ["id", "start_time"]
        )
        read = [row["id"] for page in pages for row in page.rows]
    assert set(read) == set(range(2_500))


def test_rows_that_come_while_pages_are_read_are_not_lost(company, fresh, tmp_path, monkeypatch):
    monkeypatch.setattr(api, "PAGE", 10)
    uis = Uis(company, per_minute=10_000, max_page=10, late=3)
    same(land(Home(tmp_path), uis, requests_per_minute=10_000), fresh, "pbx")
    assert len(uis.asked) > 50


def test_limits_are_kept_and_never_met(company, fresh, tmp_path, quick_time):
    uis = Uis(company, per_minute=20, clock=quick_time.now)
    same(land(Home(tmp_path), uis, requests_per_minute=20), fresh, "pbx")
    assert (uis.minute.broken, uis.refused) == (0, {})
    assert sum(quick_time.slept) > 60


def test_a_limit_that_others_use_up_is_waited_for(company, fresh, tmp_path, quick_time):
    uis = Uis(company, refusals=["limit_exceeded", "internal_error", "limit_exceeded"])
    same(land(Home(tmp_path), uis), fresh, "pbx")
    assert uis.refused == {"limit_exceeded": 2, "internal_error": 1}
    assert sum(quick_time.slept) > 120


def test_a_day_that_is_used_up_is_not_waited_for(company, tmp_path, quick_time):
    """Others have used up all but three of its points."""
    uis = Uis(company, per_day=3, clock=quick_time.now)
    told = r"limit per day is 3 \(1 attempt\); the day's points are used up, run again tomorrow"
    with pytest.raises(SourceError, match=told):
        land(Home(tmp_path), uis)
    assert (uis.refused, quick_time.slept) == ({"limit_exceeded": 1}, [])


@pytest.mark.parametrize(
    ("mnemonic", "error", "advice"),
    [
        ("access_token_expired", ConfigError, "set UIS_TOKEN to it"),
        ("access_token_blocked", ConfigError, "make a new one"),
        ("ip_not_whitelisted", ConfigError, "allow the address of this machine"),
        ("forbidden", ConfigError, "of the key in UIS_TOKEN the right to read reports"),
        ("account_inactive", ConfigError, "see its balance"),
        ("method_component_disabled", ConfigError, "tariff does not have this report"),
        ("date_interval_limit_reached", SourceError, "does not take this request"),
    ],
)
def test_a_refusal_is_one_sentence(company, tmp_path, mnemonic, error, advice):
    with pytest.raises(error) as raised:
        land(Home(tmp_path), Uis(company, refusals=[mnemonic] * 9))
    sentence = str(raised.value)
    assert sentence.startswith("pbx: 127.0.0.1 answered 200: ")
    assert mnemonic in sentence and advice in sentence
    assert TOKEN not in sentence


def test_a_wrong_token_and_none_are_one_sentence_each(company, tmp_path, monkeypatch):
    monkeypatch.setenv("UIS_TOKEN", "another-key-987654321")
    with pytest.raises(ConfigError, match="access_token_invalid") as raised:
        land(Home(tmp_path), Uis(company))
    assert "987654321" not in str(raised.value)
    monkeypatch.delenv("UIS_TOKEN")
    with pytest.raises(ConfigError, match="UIS_TOKEN is not set"):
        land(Home(tmp_path), Uis(company))


def test_a_run_that_broke_off_goes_on_from_there(company, fresh, tmp_path):
    uis, home = Uis(company), Home(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "_SLICE_ROWS", 1)
        # After employees and three slices of two questions each, the account is closed.
        patch.setattr(uis, "_refusal", lambda asked: "forbidden" if len(uis.asked) > 7 else None)
        with pytest.raises(ConfigError, match="forbidden"):
            land(home, uis)
    begun = uis.asked[-1]["params"]["date_from"]
    uis.asked.clear()
    same(land(home, uis), fresh, "pbx")
    again = min(one["params"].get("date_from", "9") for one in uis.asked)
    assert "2024-01-02" < again <= begun


@pytest.mark.parametrize("seed", fault_seeds())
def test_faults_change_nothing(company, fresh, tmp_path, quick_time, seed):
    faults = Faults(seed, share=0.2)
    with serve(Faulty(Uis(company, clock=quick_time.now).app, faults)) as url:
        land_vendor(Home(tmp_path), source(url), "pbx")
    assert sum(faults.met.values()) > 3
    same(Home(tmp_path), fresh, "pbx")


def test_no_secret_and_no_phone_is_left_in_a_file(company, fresh, caplog):
    with caplog.at_level(logging.DEBUG):
        land(fresh, Uis(company))
    phones = company.rows("select distinct client_phone from calls where client_phone is not null")
    private = [TOKEN, *(row["client_phone"] for row in phones)]
    assert len(private) > 50
    assert files_with(fresh, *private) == []
    assert not any(text in caplog.text for text in private)


def test_the_doctor_counts_and_loads_nothing(company, fresh):
    uis = Uis(company)
    with serve(uis.app) as url:
        findings = list(source(url).diagnose("pbx", LAST_DAY))
    assert all(one.ok for one in findings)
    told = {one.what: one.found for one in findings}
    with serve(uis.app) as url:
        wrong = source(url).model_copy(update={"time_zone": "Asia/Omsk"})
        first, *_ = wrong.diagnose("pbx", LAST_DAY)
    assert not first.ok and "expected `time_zone` Asia/Omsk" in first.found
    sessions = company.rows("select count(distinct left(call_id, 8)) as n from calls")
    assert "the key is valid, account 4711" in told["source pbx"]
    assert sessions[0]["n"] >= int(told["pbx.sessions"].split()[0].replace(",", "")) > 100
    assert "requests left today, a first load takes about" in told["pbx limits"]
