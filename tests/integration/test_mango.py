"""Mango Office: the demo company's calls through its statistics, and back to the entity."""

import logging
from datetime import date, timedelta

import pytest

from kits.profiles import fault_seeds
from kits.vendors import conform_vendor, files_with, land_vendor, passing, rows, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.mango import KEY, NOT_CARRIED, RENAMED, SALT, Mango
from orchestration.emulators.server import serve
from orchestration.sources.calls.mango import api
from orchestration.sources.calls.mango.config import MangoSource
from orchestration.sources.connectors import slices as landing


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGO_KEY", KEY)
    monkeypatch.setenv("MANGO_SALT", SALT)


@pytest.fixture
def mango(company, quick_time) -> Mango:
    return Mango(company, clock=quick_time.now)


def source(url: str, **options: object) -> MangoSource:
    return MangoSource(
        type="mango",
        key_env="MANGO_KEY",
        salt_env="MANGO_SALT",
        base_url=f"{url}/vpbx",
        **{"history_from": date(2024, 1, 1), **options},
    )


def land(home: Home, mango: Mango, as_of: date = LAST_DAY, **options: object) -> Home:
    with serve(mango.app) as url:
        land_vendor(home, source(url, **options), "pbx", as_of)
    return home


@pytest.fixture(scope="module")
def fresh(company, tmp_path_factory) -> Home:
    """A home with one load of everything."""

    with pytest.MonkeyPatch.context() as patch, passing() as time:
        patch.setenv("MANGO_KEY", KEY)
        patch.setenv("MANGO_SALT", SALT)
        return land(Home(tmp_path_factory.mktemp("fresh")), Mango(company, clock=time.now))


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


def test_managers_who_left_keep_their_calls(company, mango, tmp_path, quick_time, vendor_models):
    mango.staff = "true"
    home = land(Home(tmp_path), mango)
    mango.staff = "is_active"
    quick_time.sleep(86_400)
    land(home, mango)
    with conform_vendor(home, {"pbx": source("http://vendor")}, vendor_models) as warehouse:
        came = warehouse.execute(
            "select distinct phone_ext, user_email from landing.calls where phone_ext is not null"
        ).fetchall()
    users = company.rows(
        "select phone_ext, email from users where phone_ext in (select phone_ext from calls)"
    )
    assert set(came) == {(row["phone_ext"], row["email"]) for row in users}


def test_a_later_night_brings_what_a_fresh_load_would(company, mango, fresh, tmp_path, quick_time):
    with company.earlier():
        home = land(Home(tmp_path), mango, LAST_DAY - timedelta(days=20))
    # Another night is another process, which knows nothing of what the first one asked.
    quick_time.sleep(86_400)
    mango.asked.clear()
    land(home, mango)
    same(home, fresh, "pbx")
    asked = [question["start_date"] for path, question in mango.asked if "start_date" in question]
    # The last call of the earlier night is of the 9th; three days before it may have changed.
    assert asked == ["06.06.2026 00:00:00"]


def test_limits_are_kept_and_never_met(mango, fresh, tmp_path, quick_time):
    same(land(Home(tmp_path), mango), fresh, "pbx")
    assert (mango.refused, mango.statistics.broken, mango.second.broken) == ({}, 0, 0)
    # Each of 33 reports is ordered, is not ready three times, and is fetched.
    assert sum(quick_time.slept) > 33 * 3 * 5


def test_a_full_page_is_followed_by_another(mango, fresh, tmp_path, monkeypatch):
    monkeypatch.setattr(api, "PAGE", 5)
    mango.steps = ()
    same(land(Home(tmp_path), mango), fresh, "pbx")
    assert {question["limit"] for _, question in mango.asked if "limit" in question} == {"5"}


@pytest.mark.parametrize("end", ["not-found", "404", "cancel", "error"])
def test_a_report_that_is_forgotten_is_ordered_again(mango, fresh, tmp_path, end):
    mango.ends = [end, end]
    same(land(Home(tmp_path), mango), fresh, "pbx")


def test_a_report_that_never_comes_is_one_sentence(mango, tmp_path):
    mango.ends = ["error"] * 3
    with pytest.raises(SourceError, match="was ordered 3 times and ended in `error`"):
        land(Home(tmp_path), mango)
    assert sum("start_date" in question for _, question in mango.asked) == 3


def test_the_vendors_own_trouble_passes(mango, fresh, tmp_path):
    mango.results = [5000, 5008, 5000]
    same(land(Home(tmp_path), mango), fresh, "pbx")


@pytest.mark.parametrize(
    ("code", "advice"), [(3103, "does not take this question"), (4001, "does not take")]
)
def test_a_refusal_is_one_sentence(mango, tmp_path, code, advice):
    mango.results = [code] * 9
    with pytest.raises(SourceError, match=f"pbx: 127.0.0.1 .*result {code}.*{advice}"):
        land(Home(tmp_path), mango)
    assert len(mango.asked) == 1


@pytest.mark.parametrize("variable", ["MANGO_KEY", "MANGO_SALT"])
def test_a_wrong_key_or_salt_is_one_sentence(mango, tmp_path, monkeypatch, variable):
    monkeypatch.setenv(variable, "another-key-987654321")
    with pytest.raises(ConfigError, match="check the key and the salt in MANGO_KEY") as raised:
        land(Home(tmp_path), mango)
    assert not any(secret in str(raised.value) for secret in (KEY, SALT, "987654321"))
    assert len(mango.asked) == 1
    monkeypatch.delenv(variable)
    with pytest.raises(ConfigError, match=f"{variable} is not set"):
        land(Home(tmp_path), mango)


def test_a_closed_account_is_not_hammered(mango, tmp_path, quick_time):
    mango._closed_until = quick_time.now() + 100
    with pytest.raises(ConfigError, match="wait two minutes"):
        land(Home(tmp_path), mango)
    assert (len(mango.asked), mango.refused) == (1, {401: 1})


def test_a_wrong_address_is_one_sentence(mango, tmp_path):
    with serve(mango.app) as url, pytest.raises(ConfigError, match="`base_url`, check it"):
        wrong = source(url).model_copy(update={"base_url": f"{url}/vpbx/v2"})
        land_vendor(Home(tmp_path), wrong, "pbx")


def test_a_run_that_broke_off_goes_on_from_there(mango, fresh, tmp_path):
    home = Home(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "_SLICE_ROWS", 1)
        ordered = mango._order

        def order(question):
            orders = sum("start_date" in one for _, one in mango.asked)
            return ordered(question) if orders <= 3 else mango._wrong(3104)

        patch.setattr(mango, "_order", order)
        with pytest.raises(SourceError, match="answered 400"):
            land(home, mango)
    mango.asked.clear()
    same(land(home, mango), fresh, "pbx")
    first = next(question["start_date"] for _, question in mango.asked if "start_date" in question)
    # Three slices of 28 days were landed.
    assert date(2024, 3, 10) < date(*map(int, first[:10].split(".")[::-1])) <= date(2024, 3, 25)


@pytest.mark.parametrize("seed", fault_seeds())
def test_faults_change_nothing(mango, fresh, tmp_path, seed):
    faults = Faults(seed, share=0.2)
    with serve(Faulty(mango.app, faults)) as url:
        land_vendor(Home(tmp_path), source(url), "pbx")
    assert sum(faults.met.values()) > 3
    same(Home(tmp_path), fresh, "pbx")


def test_no_secret_and_no_phone_is_left_in_a_file(company, mango, fresh, caplog):
    with caplog.at_level(logging.DEBUG):
        land(fresh, mango)
    phones = company.rows("select distinct client_phone from calls where client_phone is not null")
    private = [KEY, SALT, *(row["client_phone"] for row in phones)]
    assert len(private) > 50
    assert files_with(fresh, *private) == []
    assert not any(text in caplog.text for text in private)


def test_the_doctor_counts_a_week_and_loads_nothing(company, mango):
    """The exchange has existed for a part of the time that is wanted."""
    day = date(2026, 6, 25)
    with serve(mango.app) as url:
        told = {
            one.what: one.found
            for one in source(url, history_from=date(2022, 12, 15)).diagnose("pbx", day)
        }
        none = [*source(url, history_from=date(2023, 1, 1)).diagnose("pbx", date(2023, 2, 1))]
    assert told["source pbx"] == "the key and the salt are valid"
    calls = company.rows(
        "select count(distinct session_id) as n"
        f" from ({RENAMED['calls']})"
        " where timezone('Europe/Moscow', timezone('UTC', started_at))::date"
        " between ?::date - 6 and ?",
        day,
        day,
    )[0]["n"]
    # The first of the 28 days from then has calls.
    oldest = date(2022, 12, 15) + timedelta(days=28 * 13)
    assert date(2024, 1, 1) - timedelta(days=28) < oldest < date(2024, 1, 12)
    rows = calls * ((day - oldest).days + 1) // 7
    assert told["pbx.calls"] == (
        f"about {rows:,} rows since {oldest}, guessed from {calls:,} in the last week"
    )
    assert "a first load takes about 47 reports" in told["pbx limits"]
    assert len([question for _, question in mango.asked if "start_date" in question]) < 12
    assert none[2].found == "none from 2023-01-01 to 2023-02-01"


def test_days_are_asked_for_in_the_vendors_time(mango, tmp_path):
    land(Home(tmp_path), mango, date(2024, 1, 20))
    question = next(question for _, question in mango.asked if "start_date" in question)
    assert question == {
        "start_date": "01.01.2024 00:00:00",
        "end_date": "20.01.2024 23:59:59",
        "limit": "5000",
        "offset": "0",
    }


def test_days_are_those_of_the_company_wherever_it_is(mango, tmp_path):
    land(Home(tmp_path), mango, date(2024, 1, 2), time_zone="Asia/Vladivostok")
    question = next(question for _, question in mango.asked if "start_date" in question)
    asked = (question["start_date"], question["end_date"])
    assert asked == ("31.12.2023 17:00:00", "02.01.2024 16:59:59")
