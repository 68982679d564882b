"""Aircall: the demo company's calls through its API, and back to the entity."""

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from kits.profiles import fault_seeds
from kits.vendors import conform_vendor, files_with, land_vendor, passing, rows, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators.aircall import (
    API_ID,
    API_TOKEN,
    NOT_CARRIED,
    RENAMED,
    Aircall,
    session_id,
)
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.server import serve
from orchestration.sources.calls.aircall import extract
from orchestration.sources.calls.aircall.config import AircallSource
from orchestration.sources.connectors import slices as landing


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRCALL_ID", API_ID)
    monkeypatch.setenv("AIRCALL_TOKEN", API_TOKEN)


@pytest.fixture
def aircall(company, quick_time) -> Aircall:
    return Aircall(company, clock=quick_time.now)


def source(url: str, **options: object) -> AircallSource:
    given = {
        "type": "aircall",
        "api_id_env": "AIRCALL_ID",
        "api_token_env": "AIRCALL_TOKEN",
        "base_url": url,
        "history_from": date(2024, 1, 1),
    }
    return AircallSource(**given | options)


def land(home: Home, aircall: Aircall, as_of: date = LAST_DAY, **options: object) -> Home:
    with serve(aircall.app) as url:
        land_vendor(home, source(url, **options), "pbx", as_of)
    return home


def asked_days(aircall: Aircall) -> list[tuple[date, date]]:
    """The first day and the last of each question of calls that began with a first page."""
    return [
        tuple(datetime.fromtimestamp(int(params[name]), UTC).date() for name in ("from", "to"))
        for path, params in aircall.asked
        if path == "v1/calls" and "page" not in params
    ]


@pytest.fixture(scope="module")
def fresh(company, tmp_path_factory) -> Home:
    """A home with one load of everything."""
    with pytest.MonkeyPatch.context() as patch, passing() as time:
        patch.setenv("AIRCALL_ID", API_ID)
        patch.setenv("AIRCALL_TOKEN", API_TOKEN)
        return land(Home(tmp_path_factory.mktemp("fresh")), Aircall(company, clock=time.now))


def test_every_call_is_equal_after_the_round_trip(company, fresh, vendor_models):
    with conform_vendor(fresh, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = rows(warehouse, "from landing.calls", "call_id")
    own = {row["call_id"]: row for row in company.rows(RENAMED["calls"])}
    assert came.keys() == own.keys()
    assert any(row["client_phone"] is None for row in own.values())
    assert any(row["user_email"] for row in own.values())
    for key, row in own.items():
        assert row.keys() | NOT_CARRIED["calls"].keys() | {"source", "_file", "_row"} == (
            came[key].keys()
        )
        expected = row | dict.fromkeys(NOT_CARRIED["calls"])
        for name in expected:
            assert came[key][name] == expected[name], f"{name} of {key}"


def test_a_session_of_the_company_is_found_by_its_id(company, fresh, vendor_models):
    with conform_vendor(fresh, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = rows(warehouse, "select session_id from landing.calls", "session_id")
    expression = session_id("coalesce(session_id, call_id)")
    own = company.rows(f"select distinct {expression} as id from calls where direction = 'in'")
    assert own and {row["id"] for row in own} <= came.keys()


def test_a_later_night_brings_what_a_fresh_load_would(company, aircall, fresh, tmp_path):
    with company.earlier():
        home = land(Home(tmp_path), aircall, LAST_DAY - timedelta(days=20))
    aircall.asked.clear()
    land(home, aircall)
    same(home, fresh, "pbx")
    # The last call of the earlier night is of the 9th; three days before it may have changed.
    assert asked_days(aircall) == [(date(2026, 6, 6), LAST_DAY + timedelta(days=1))]


def test_a_call_that_goes_on_is_none_yet(company, aircall, tmp_path, vendor_models):
    with company.earlier():
        home = land(Home(tmp_path), aircall, history_from=date(2026, 5, 1))
        calls = company.rows(
            f"from ({RENAMED['calls']}) where started_at >= date '2026-05-01' order by started_at"
        )
    with conform_vendor(home, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = rows(warehouse, "from landing.calls", "call_id")
    assert came.keys() == {row["call_id"] for row in calls[:-1]}


def test_managers_who_left_keep_their_calls(company, aircall, tmp_path, vendor_models):
    aircall.staff = "true"
    home = land(Home(tmp_path), aircall)
    aircall.staff = "is_active"
    land(home, aircall)
    with conform_vendor(home, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = warehouse.execute(
            "select distinct phone_ext, user_email from landing.calls where user_email is not null"
        ).fetchall()
    left = company.rows(
        "select phone_ext, email from users where not is_active and phone_ext in"
        " (select phone_ext from calls where direction = 'out')"
    )
    assert left and set(came) > {(row["phone_ext"], row["email"]) for row in left}


def test_pages_are_followed_and_what_comes_meanwhile_is_not_lost(
    aircall, fresh, tmp_path, monkeypatch
):
    monkeypatch.setattr(extract, "SLICE_DAYS", 1000)
    aircall.late = 60
    same(land(Home(tmp_path), aircall), fresh, "pbx")
    assert len(asked_days(aircall)) == 1
    assert {params["per_page"] for _, params in aircall.asked} == {"50"}
    assert max(int(params.get("page", 1)) for _, params in aircall.asked) > 15


@pytest.mark.parametrize("counts_on", [True, False])
def test_more_calls_than_the_wall_lets_through_are_asked_for_in_halves(
    company, fresh, tmp_path, monkeypatch, counts_on
):
    monkeypatch.setattr(extract, "WALL", 20)
    aircall = Aircall(company, per_minute=10_000, wall=20, counts_on=counts_on)
    same(land(Home(tmp_path), aircall, requests_per_minute=10_000), fresh, "pbx")
    assert aircall.refused == {}
    assert len(asked_days(aircall)) > 60


def test_days_are_cut_in_the_zone_of_the_config(aircall, tmp_path):
    land(Home(tmp_path), aircall, date(2024, 1, 20), time_zone="America/New_York")
    _, params = next(one for one in aircall.asked if one[0] == "v1/calls")
    assert int(params["from"]) == datetime(2024, 1, 1, 5, tzinfo=UTC).timestamp()
    assert int(params["to"]) == datetime(2024, 1, 21, 5, tzinfo=UTC).timestamp()


def test_the_limit_is_used_and_never_met(aircall, fresh, tmp_path, monkeypatch, quick_time):
    monkeypatch.setattr(extract, "SLICE_DAYS", 3)
    began = quick_time.now()
    home = land(Home(tmp_path), aircall)
    # With the time that a slow machine takes between the requests.
    minutes = (quick_time.now() - began) / 60
    same(home, fresh, "pbx")
    assert (aircall.limit.broken, aircall.refused) == (0, {})
    # Sixty go at once, and as many after each full minute: none is left unused.
    least = (len(aircall.asked) - 1) // 60
    assert least > 3
    assert least <= minutes <= least / 0.9


@pytest.mark.parametrize("unit", [1, 1000])
def test_a_limit_that_others_use_up_is_waited_for(aircall, fresh, tmp_path, quick_time, unit):
    aircall.refusals, aircall.reset_unit = [429, 500, 429], unit
    same(land(Home(tmp_path), aircall), fresh, "pbx")
    assert aircall.refused == {429: 2, 500: 1}
    assert 55 < sum(quick_time.slept) < 75


def test_a_limit_that_stays_used_up_is_one_sentence(aircall, tmp_path):
    aircall.refusals = [429] * 99
    with pytest.raises(SourceError, match=r"answered 429.*used up.*run again later") as raised:
        land(Home(tmp_path), aircall)
    assert API_TOKEN not in str(raised.value)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_one_sentence(aircall, tmp_path, status):
    aircall.refusals = [status]
    with pytest.raises(ConfigError, match=f"{status}.*set AIRCALL_ID and AIRCALL_TOKEN"):
        land(Home(tmp_path), aircall)


@pytest.mark.parametrize("variable", ["AIRCALL_ID", "AIRCALL_TOKEN"])
def test_a_wrong_key_and_none_are_one_sentence_each(aircall, tmp_path, monkeypatch, variable):
    monkeypatch.setenv(variable, "another-key-987654321")
    with pytest.raises(ConfigError, match="the key is refused") as raised:
        land(Home(tmp_path), aircall)
    assert not any(text in str(raised.value) for text in (API_ID, API_TOKEN, "987654321"))
    assert len(aircall.asked) == 1
    monkeypatch.delenv(variable)
    with pytest.raises(ConfigError, match=f"{variable} is not set"):
        land(Home(tmp_path), aircall)


def test_a_wrong_address_is_one_sentence(aircall, tmp_path):
    with serve(aircall.app) as url, pytest.raises(ConfigError, match=r"404.*check the address"):
        land_vendor(Home(tmp_path), source(f"{url}/v9"), "pbx")


def test_a_page_for_people_all_night_is_one_sentence(tmp_path, quick_time):
    def people(request):
        return HTMLResponse("<html>Back soon</html>")

    app = Starlette(routes=[Route("/{path:path}", people)])
    with serve(app) as url, pytest.raises(SourceError, match=r"not JSON.*run again later"):
        land_vendor(Home(tmp_path), source(url), "pbx")


def test_a_vendor_that_is_down_is_one_sentence(tmp_path, quick_time):
    with serve(Starlette()) as url:
        gone = url
    with pytest.raises(SourceError, match="did not answer"):
        land_vendor(Home(tmp_path), source(gone), "pbx")


def test_a_run_that_broke_off_goes_on_from_there(aircall, fresh, tmp_path):
    home = Home(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "_SLICE_ROWS", 1)
        between = aircall._between

        def refuse_the_fourth(params):
            if len(asked_days(aircall)) > 3:
                aircall.refusals = [403]
            return between(params)

        patch.setattr(aircall, "_between", refuse_the_fourth)
        with pytest.raises(ConfigError, match="the key is refused"):
            land(home, aircall)
    aircall.asked.clear()
    same(land(home, aircall), fresh, "pbx")
    assert date(2024, 3, 1) < asked_days(aircall)[0][0] < date(2024, 5, 1)


@pytest.mark.parametrize("seed", fault_seeds())
def test_faults_change_nothing(aircall, fresh, tmp_path, monkeypatch, seed):
    # Enough requests to meet some.
    monkeypatch.setattr(extract, "SLICE_DAYS", 10)
    faults = Faults(seed, share=0.2)
    with serve(Faulty(aircall.app, faults)) as url:
        land_vendor(Home(tmp_path), source(url), "pbx")
    assert sum(faults.met.values()) > 3
    same(Home(tmp_path), fresh, "pbx")


def test_no_secret_and_no_phone_is_left_in_a_file(company, aircall, fresh, caplog):
    with caplog.at_level(logging.DEBUG):
        land(fresh, aircall)
    phones = company.rows(f"select distinct client_phone from ({RENAMED['calls']})")
    emails = company.rows("select email from users")
    private = [API_ID, API_TOKEN, *(row["email"] for row in emails)]
    private += [row["client_phone"] for row in phones if row["client_phone"]]
    assert len(private) > 50
    assert files_with(fresh, *private) == []
    assert not any(text in caplog.text for text in private)


def test_the_doctor_counts_and_loads_nothing(company, aircall):
    with serve(aircall.app) as url:
        findings = list(source(url).diagnose("pbx", LAST_DAY))
    assert all(one.ok for one in findings)
    told = {one.what: one.found for one in findings}
    calls = company.rows(f"select count(*) as n, min(started_at) as t from ({RENAMED['calls']})")[0]
    assert told["source pbx"] == "the key is valid, account Demo"
    assert told["pbx.users"].startswith("20 rows")
    assert told["pbx.calls"] == (
        f"{calls['n']:,} rows from 2024-01-01 to 2026-06-30, the oldest of {calls['t']:%Y-%m-%d}"
    )
    assert "at 60 a minute" in told["pbx limits"]
    assert {params.get("per_page") for path, params in aircall.asked if "calls" in path} == {"1"}
