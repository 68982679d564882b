"""Twilio: the demo company's calls through its REST API, and back to the entity."""

import logging
from datetime import date, timedelta
from unittest.mock import Mock

import duckdb
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from kits.profiles import fault_seeds
from kits.vendors import conform_vendor, files_with, land_vendor, passing, rows, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.server import serve
from orchestration.emulators.twilio import (
    ACCOUNT,
    KEY,
    NOT_CARRIED,
    RENAMED,
    SECRET,
    Twilio,
    session_id,
)
from orchestration.sources import raw
from orchestration.sources.calls.twilio import extract
from orchestration.sources.calls.twilio.config import TwilioSource
from orchestration.sources.connectors import slices as landing


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_KEY", KEY)
    monkeypatch.setenv("TWILIO_SECRET", SECRET)


@pytest.fixture
def twilio(company, quick_time) -> Twilio:
    return Twilio(company, clock=quick_time.now)


def source(url: str, **options: object) -> TwilioSource:
    given = {
        "type": "twilio",
        "account_sid": ACCOUNT,
        "key_env": "TWILIO_KEY",
        "secret_env": "TWILIO_SECRET",
        "base_url": url,
        "history_from": date(2024, 1, 1),
    }
    return TwilioSource(**given | options)


def land(home: Home, twilio: Twilio, as_of: date = LAST_DAY, **options: object) -> Home:
    with serve(twilio.app) as url:
        land_vendor(home, source(url, **options), "pbx", as_of)
    return home


def asked_days(twilio: Twilio) -> list[tuple[str, str]]:
    """The first day and the last of each question of calls."""
    return [
        (params["StartTime>"], params["StartTime<"])
        for name, params in twilio.asked
        if name == "Calls" and "Page" not in params
    ]


@pytest.fixture(scope="module")
def fresh(company, tmp_path_factory) -> Home:
    """A home with one load of everything."""
    with pytest.MonkeyPatch.context() as patch, passing() as time:
        patch.setenv("TWILIO_KEY", KEY)
        patch.setenv("TWILIO_SECRET", SECRET)
        return land(Home(tmp_path_factory.mktemp("fresh")), Twilio(company, clock=time.now))


def test_every_call_is_equal_after_the_round_trip(company, fresh, vendor_models):
    with conform_vendor(fresh, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = rows(warehouse, "from landing.calls", "call_id")
    own = {row["call_id"]: row for row in company.rows(RENAMED["calls"])}
    assert came.keys() == own.keys()
    expression = session_id("coalesce(session_id, call_id)")
    sessions = company.rows(f"select distinct {expression} as id from calls")
    assert {row["id"] for row in sessions} == {row["session_id"] for row in came.values()}
    for key, row in own.items():
        assert row.keys() | NOT_CARRIED["calls"].keys() | {"source", "_file", "_row"} == (
            came[key].keys()
        )
        expected = row | dict.fromkeys(NOT_CARRIED["calls"])
        for name in expected:
            assert came[key][name] == expected[name], f"{name} of {key}"


def test_callers_who_hide_their_number_are_nobody(company, tmp_path, vendor_models):
    """Some of Twilio's marks look like a phone number: all who hide theirs would be one client."""
    home = land(Home(tmp_path), Twilio(company, hidden=3))
    with conform_vendor(home, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        phones = warehouse.execute(
            "select client_phone from landing.calls where direction = 'in'"
        ).fetchall()
    known = {row["client_phone"] for row in company.rows(RENAMED["calls"])}
    assert {phone for (phone,) in phones} <= known | {None}
    assert 0.2 < phones.count((None,)) / len(phones) < 0.5


def test_a_later_night_brings_what_a_fresh_load_would(company, twilio, fresh, tmp_path):
    with company.earlier():
        home = land(Home(tmp_path), twilio, LAST_DAY - timedelta(days=20))
    twilio.asked.clear()
    land(home, twilio)
    same(home, fresh, "pbx")
    # The last call of the earlier night is of the 9th; three days before it may have changed, a day
    # of the company may begin before that of UTC, and the last day that is named is none that is
    # answered.
    assert asked_days(twilio) == [("2026-06-05", "2026-07-02")]


def test_the_last_day_of_a_filter_may_be_part_of_the_answer(company, fresh, tmp_path, quick_time):
    """By older descriptions of the API it is: what comes twice is one row."""
    twilio = Twilio(company, takes_last_day=True, clock=quick_time.now)
    same(land(Home(tmp_path), twilio), fresh, "pbx")


def test_a_backfill_before_the_first_night_leaves_no_gap(twilio, fresh, tmp_path):
    with serve(twilio.app) as url:
        for window in ((date(2026, 3, 1), date(2026, 3, 20)), None):
            land_vendor(Home(tmp_path), source(url), "pbx", window=window)
    same(Home(tmp_path), fresh, "pbx")


def test_a_backfill_after_nights_that_did_not_come_leaves_no_gap(company, twilio, fresh, tmp_path):
    with company.earlier():
        home = land(Home(tmp_path), twilio, LAST_DAY - timedelta(days=20))
    with serve(twilio.app) as url:
        days = LAST_DAY - timedelta(days=3), LAST_DAY - timedelta(days=1)
        land_vendor(home, source(url), "pbx", window=days)
    same(land(home, twilio), fresh, "pbx")


def test_a_kill_between_the_tables_loses_nothing(twilio, fresh, tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        # The recordings are landed, the calls are not.
        patch.setattr(raw, "upsert", Mock(side_effect=KeyboardInterrupt))
        land(Home(tmp_path), twilio)
    with duckdb.connect(Home(tmp_path).warehouse, read_only=True) as warehouse:
        assert warehouse.sql("select count(*) > 0 from raw_pbx.recordings").fetchone()[0]
    same(land(Home(tmp_path), twilio), fresh, "pbx")


def test_a_call_that_goes_on_is_none_yet(company, twilio, tmp_path, vendor_models):
    with company.earlier():
        home = land(Home(tmp_path), twilio, history_from=date(2026, 5, 1))
        calls = company.rows(
            f"from ({RENAMED['calls']}) where started_at >= date '2026-05-01'"
            " qualify session_id != last_value(session_id) over (order by started_at"
            " rows between unbounded preceding and unbounded following)"
        )
    with conform_vendor(home, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = rows(warehouse, "from landing.calls where started_at >= '2026-05-01'", "call_id")
    assert came.keys() == {row["call_id"] for row in calls}


def test_pages_are_followed_by_their_links(company, fresh, tmp_path, quick_time):
    twilio = Twilio(company, max_page=20, clock=quick_time.now)
    same(land(Home(tmp_path), twilio), fresh, "pbx")
    assert max(int(params.get("Page", 0)) for _, params in twilio.asked) > 2
    assert {params["PageSize"] for _, params in twilio.asked} == {"1000"}


def test_the_limit_is_kept_and_never_met(company, fresh, tmp_path, quick_time):
    twilio = Twilio(company, per_second=5, clock=quick_time.now)
    same(land(Home(tmp_path), twilio, requests_per_second=5), fresh, "pbx")
    assert (twilio.limit.broken, twilio.refused) == (0, {})


def test_a_limit_that_others_use_up_is_waited_for(twilio, fresh, tmp_path, quick_time):
    twilio.refusals = [429, 500, 429]
    same(land(Home(tmp_path), twilio), fresh, "pbx")
    assert twilio.refused == {429: 2, 500: 1}
    assert sum(quick_time.slept) > 5


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "check TWILIO_KEY and TWILIO_SECRET"),
        (403, "set TWILIO_KEY and TWILIO_SECRET to one that may read calls"),
        (404, "`account_sid`"),
    ],
)
def test_a_refusal_is_one_sentence(twilio, tmp_path, status, advice):
    twilio.refusals = [status]
    with pytest.raises(ConfigError, match=f"answered {status}.*{advice}"):
        land(Home(tmp_path), twilio)
    assert len(twilio.asked) == 1


@pytest.mark.parametrize("variable", ["TWILIO_KEY", "TWILIO_SECRET"])
def test_a_wrong_key_and_none_are_one_sentence_each(twilio, tmp_path, monkeypatch, variable):
    monkeypatch.setenv(variable, "another-key-987654321")
    with pytest.raises(ConfigError, match="the key is refused") as raised:
        land(Home(tmp_path), twilio)
    assert not any(text in str(raised.value) for text in (KEY, SECRET, "987654321"))
    monkeypatch.delenv(variable)
    with pytest.raises(ConfigError, match=f"{variable} is not set"):
        land(Home(tmp_path), twilio)


def test_another_account_is_one_sentence(twilio, tmp_path):
    with pytest.raises(ConfigError, match=r"there is no such account.*check `account_sid`"):
        land(Home(tmp_path), twilio, account_sid="AC" + "1" * 32)


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


def test_a_run_that_broke_off_goes_on_from_there(twilio, fresh, tmp_path):
    home = Home(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "_SLICE_ROWS", 1)
        refusal = twilio._refusal
        patch.setattr(
            twilio,
            "_refusal",
            lambda asked: twilio._refuse(403) if len(twilio.asked) > 7 else refusal(asked),
        )
        with pytest.raises(ConfigError, match="the key may not read this"):
            land(home, twilio)
    twilio.asked.clear()
    same(land(home, twilio), fresh, "pbx")
    assert "2024-03-01" < asked_days(twilio)[0][0] < "2024-05-01"


@pytest.mark.parametrize("seed", fault_seeds())
def test_faults_change_nothing(twilio, fresh, tmp_path, monkeypatch, seed):
    # Fewer requests, still enough to meet some.
    monkeypatch.setattr(extract, "SLICE_DAYS", 45)
    faults = Faults(seed, share=0.2)
    with serve(Faulty(twilio.app, faults)) as url:
        land_vendor(Home(tmp_path), source(url), "pbx")
    assert sum(faults.met.values()) > 3
    same(Home(tmp_path), fresh, "pbx")


def test_no_secret_and_no_phone_is_left_in_a_file(company, twilio, fresh, caplog):
    with caplog.at_level(logging.DEBUG):
        land(fresh, twilio)
    phones = company.rows(f"select distinct client_phone from ({RENAMED['calls']})")
    private = [KEY, SECRET, *(row["client_phone"] for row in phones if row["client_phone"])]
    assert len(private) > 50
    assert files_with(fresh, *private) == []
    assert not any(text in caplog.text for text in private)


def test_the_doctor_counts_a_week_and_loads_nothing(company, twilio):
    """The account has existed for a part of the time that is wanted."""
    day = LAST_DAY
    with serve(twilio.app) as url:
        findings = list(source(url, history_from=date(2022, 1, 1)).diagnose("pbx", day))
        pages = {params["PageSize"] for name, params in twilio.asked if name == "Calls"}
        none = [*source(url, history_from=date(2022, 1, 1)).diagnose("pbx", date(2022, 2, 1))]
    assert all(one.ok for one in findings)
    told = {one.what: one.found for one in findings}
    assert told["source pbx"] == "the key is valid, account Demo"
    recorded, began = company.rows(
        "select count(recording_url) filter (ended_at::date between ?::date - 6 and ?) as n,"
        " min(started_at)::date as began from calls",
        day,
        day,
    )[0].values()
    assert recorded > 0
    rows = recorded * ((day - began).days + 1) // 7
    assert told["pbx.recordings"] == (
        f"about {rows:,} rows since {began}, guessed from {recorded:,} in the last week"
    )
    assert told["pbx.calls"].startswith("about ") and f"since {began}," in told["pbx.calls"]
    assert "a first load takes about 111 requests and at least 1 min" in told["pbx limits"]
    assert pages == {"1", "1000"}
    assert [one.found for one in none[1:3]] == ["none from 2022-01-01 to 2022-02-01"] * 2
