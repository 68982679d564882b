"""Meta: the demo company's statistics in VK as if they were Meta's, through Insights, and back to
the entity."""

from datetime import date, timedelta

import pytest

from kits import ads
from kits.ads import conformed, total
from kits.profiles import fault_seeds
from kits.vendors import Models, conform_vendor, files_with, land_vendor, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.emulators.ads import ad_stats
from orchestration.emulators.clock import QuickTime
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.meta import ACCOUNT, NOT_CARRIED, RENAMED, TOKEN, Meta
from orchestration.emulators.server import serve
from orchestration.sources.ads.meta.config import MetaSource

FIRST = date(2026, 5, 1)
EARLIER = LAST_DAY - timedelta(days=21)


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("META_TOKEN", TOKEN)


@pytest.fixture
def meta(company: Company, quick_time: QuickTime) -> Meta:
    return Meta(company, clock=quick_time.now)


def config(url: str, **options) -> MetaSource:
    return MetaSource(
        **{
            "type": "meta",
            "account_id": f"act_{ACCOUNT}",
            "token_env": "META_TOKEN",
            "history_from": FIRST,
            "base_url": url,
            **options,
        }
    )


def carried(company: Company, last: date = LAST_DAY) -> dict[tuple, dict]:
    return ads.carried(company, RENAMED, NOT_CARRIED, FIRST, last)


def landed(home: Home) -> tuple:
    """Rows, clicks and spend that are landed."""
    with open_warehouse(home, DuckDbLimits()) as warehouse:
        return warehouse.execute(
            "select count(*), sum(clicks), sum(spend) from raw_ads.stats"
        ).fetchone()


def expected(company: Company, last: date = LAST_DAY) -> tuple:
    rows = carried(company, last).values()
    return len(rows), *total(rows)[1:3]


def test_every_row_is_equal_after_the_round_trip(company, meta, vendor_models: Models, tmp_path):
    home = Home(tmp_path)
    with serve(meta.app) as url:
        source = config(url)
        load, *_ = land_vendor(home, source, "ads")
    with conform_vendor(home, {"ads": source}, vendor_models) as warehouse:
        assert conformed(warehouse) == carried(company)
    assert load.money_loaded == expected(company)[2] > 0
    assert files_with(home, TOKEN) == []


@pytest.mark.parametrize("forgets", [False, True])
def test_an_ad_that_is_deleted_keeps_what_it_spent(company, meta, vendor_models, tmp_path, forgets):
    """Meta leaves deleted ads out unless their status is asked for, and there too, some say: then
    the account still has their spend."""
    home, campaign = Home(tmp_path), next(iter(carried(company).values()))["campaign_id"]
    with serve(meta.app) as url:
        source = config(url, restatement_days=60)
        land_vendor(home, source, "ads", LAST_DAY - timedelta(days=1))
        meta.deleted = lambda row: f"2385{row['campaign_id']}000001" == campaign
        meta.forgets = forgets
        land_vendor(home, source, "ads")
    with conform_vendor(home, {"ads": source}, vendor_models) as warehouse:
        came = conformed(warehouse)
    own = carried(company)
    assert total(came.values()) == total(own.values())
    lost = [row for row in own.values() if row["campaign_id"] == campaign]
    unmapped = [row for row in came.values() if row["campaign_id"] == "unmapped"]
    assert total(unmapped) == (total(lost) if forgets else (0, 0, 0, 0)) != total(own.values())
    assert {row["ad_id"] for row in unmapped} <= {None}


def test_another_action_may_count_as_a_conversion(company, meta, vendor_models, tmp_path):
    with serve(meta.app) as url:
        source = config(url, conversion_action="link_click")
        land_vendor(Home(tmp_path), source, "ads")
    with conform_vendor(Home(tmp_path), {"ads": source}, vendor_models) as warehouse:
        rows = conformed(warehouse)
    own = carried(company)
    assert {key: row["conversions"] for key, row in rows.items()} == {
        key: row["clicks"] if row["conversions"] else 0 for key, row in own.items()
    }


def test_a_second_night_is_as_good_as_a_fresh_load(company, meta, tmp_path):
    grown, fresh = Home(tmp_path / "grown"), Home(tmp_path / "fresh")
    with serve(meta.app) as url:
        source = config(url, restatement_days=60)
        with company.earlier():
            land_vendor(grown, source, "ads", EARLIER)
        early = landed(grown)
        land_vendor(grown, source, "ads")
        land_vendor(fresh, source, "ads")
    same(grown, fresh, "ads")
    assert early[2] > expected(company, EARLIER)[2]
    assert landed(fresh) == expected(company)


def test_only_the_days_of_the_window_are_read_again(meta, tmp_path):
    home, tuesday = Home(tmp_path), date(2026, 6, 23)
    with serve(meta.app) as url:
        land_vendor(home, config(url), "ads", tuesday)
        meta.asked.clear()
        land_vendor(home, config(url), "ads", tuesday + timedelta(days=1))
    assert meta.asked == [(tuesday - timedelta(days=6), tuesday + timedelta(days=1))]


def test_a_paused_account_is_not_read_ever_longer(meta, tmp_path):
    home, monday = Home(tmp_path), date(2026, 6, 29)
    meta.gone = lambda row: row["date"] > date(2026, 6, 3)
    with serve(meta.app) as url:
        for night in (monday - timedelta(days=1), monday, LAST_DAY):
            meta.asked.clear()
            land_vendor(home, config(url), "ads", night)
    assert meta.asked == [(monday - timedelta(days=6), LAST_DAY)]


def test_nothing_is_believed_when_it_is_said_twice(company, meta, tmp_path):
    home = Home(tmp_path)
    with serve(meta.app) as url:
        meta.stumbles.on = True
        land_vendor(home, config(url), "ads")
        land_vendor(home, config(url, restatement_days=60), "ads")
        assert landed(home) == expected(company)
        meta.gone = lambda row: row["date"] >= FIRST
        land_vendor(home, config(url, restatement_days=61), "ads")
    assert landed(home)[0] == 0


def test_days_that_the_platform_no_longer_keeps_are_not_requested(meta, tmp_path):
    with serve(meta.app) as url:
        early = config(url, history_from=date(2023, 5, 31))
        with pytest.raises(
            ConfigError, match="since 2023-05-31, but the platform keeps them since 2023-06-01"
        ):
            land_vendor(Home(tmp_path), early, "ads")
        assert meta.asked == []
        meta.errors = [(400, 3018, None, "The start date cannot be beyond 37 months")]
        with pytest.raises(ConfigError, match="set history_from to a later day"):
            land_vendor(Home(tmp_path), config(url), "ads")


def test_a_run_that_does_not_end_is_asked_for_in_parts(company, quick_time, tmp_path):
    meta = Meta(company, quick_days=20, clock=quick_time.now)
    with serve(meta.app) as url:
        land_vendor(Home(tmp_path), config(url, slice_days=31), "ads")
    assert sum((last - first).days >= 20 for first, last in meta.asked) == 2
    assert landed(Home(tmp_path)) == expected(company)


def test_a_run_that_fails_is_asked_for_in_parts(company, quick_time, tmp_path):
    meta = Meta(company, most_days=7)
    with serve(meta.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert any((last - first).days < 7 for first, last in meta.asked)
    assert landed(Home(tmp_path)) == expected(company)


def test_a_day_that_fails_ends_in_a_sentence(company, quick_time, tmp_path):
    meta = Meta(company, most_days=0)
    with serve(meta.app) as url, pytest.raises(SourceError, match="does not finish the report of"):
        land_vendor(Home(tmp_path), config(url, history_from=LAST_DAY), "ads")
    assert meta.asked == [(LAST_DAY, LAST_DAY)] * 3


@pytest.mark.parametrize(
    "error",
    [
        (500, 1, None, "Please reduce the amount of data you're asking for"),
        (400, 100, 1487534, "Too much data"),
        (400, 1, 1504018, "The request timed out"),
    ],
)
def test_too_much_data_is_asked_for_in_parts(company, meta, tmp_path, error):
    meta.errors = [error]
    with serve(meta.app) as url:
        land_vendor(Home(tmp_path), config(url, slice_days=100), "ads")
    assert len(meta.asked) == 2
    assert landed(Home(tmp_path)) == expected(company)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [((400, 17, 2446079, "User request limit reached"), 60), ((400, 80_000, None, "Calls"), 420)],
)
def test_a_limit_is_waited_for(company, meta, quick_time, tmp_path, error, seconds):
    meta.errors = [error] * 3
    with serve(meta.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert sum(wait > seconds for wait in quick_time.slept) == 3
    assert landed(Home(tmp_path)) == expected(company)


def test_the_limit_is_kept_before_it_is_hit(company, quick_time, tmp_path):
    meta, told = Meta(company, per_hour=60, clock=quick_time.now), []
    with serve(meta.app) as url:
        land_vendor(Home(tmp_path), config(url, slice_days=2), "ads", say=told.append)
    assert landed(Home(tmp_path)) == expected(company)
    assert meta.hour.broken == 0
    begin = meta.answered[0]
    hours = int((meta.answered[-1] - begin) // 3600)
    whole = [moment for moment in meta.answered if moment < begin + 3600 * hours]
    assert hours >= 2 and len(whole) >= 0.9 * 60 * hours
    assert any(one.endswith("s, 95 % of what Meta allows is used") for one in told)


def test_an_hour_of_which_nothing_is_said_is_waited_for(company, quick_time, tmp_path):
    meta = Meta(company, per_hour=60, is_open=False, clock=quick_time.now)
    with serve(meta.app) as url:
        land_vendor(Home(tmp_path), config(url, slice_days=5), "ads")
    assert meta.hour.broken >= 10
    assert landed(Home(tmp_path)) == expected(company)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (
            (403, 200, None, "Ad account owner has NOT granted ads_read"),
            "the token in META_TOKEN the right ads_read",
        ),
        (
            (400, 10, None, "Application does not have permission"),
            "the token in META_TOKEN the right ads_read",
        ),
        ((400, 2635, None, "You are calling a deprecated version"), "set version to a newer one"),
    ],
)
def test_a_right_that_is_missing_says_which(meta, tmp_path, error, advice):
    meta.errors = [error]
    with serve(meta.app) as url, pytest.raises(ConfigError, match=advice):
        land_vendor(Home(tmp_path), config(url), "ads")


def test_an_error_that_is_not_known_is_one_of_the_source(meta, tmp_path):
    meta.errors = [(400, 100, None, "Invalid parameter")]
    with serve(meta.app) as url, pytest.raises(SourceError, match="error 100: Invalid parameter"):
        land_vendor(Home(tmp_path), config(url), "ads")


def test_a_token_that_has_ended(meta, monkeypatch, tmp_path):
    monkeypatch.setenv("META_TOKEN", "EAAwrongtoken9876543210")
    with serve(meta.app) as url, pytest.raises(ConfigError, match="set META_TOKEN to one") as told:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert "EAAwrong" not in str(told.value) and told.value.exit_status == 2


@pytest.mark.parametrize(
    ("error", "subcode", "message"),
    [
        (100, 33, "Unsupported get request. Object with ID '6023000000000000' does not exist, ..."),
        (2601, 1815107, "Error accessing adreport job."),
    ],
)
def test_a_report_that_is_not_known_everywhere_yet_is_asked_for_again(
    company, quick_time, tmp_path, error, subcode, message
):
    """Meta calls the second error transient; the first is that of an account that is not there."""
    meta = Meta(company, clock=quick_time.now)
    meta.lost = [(400, error, subcode, message)] * 3
    with serve(meta.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert meta.lost == []
    assert landed(Home(tmp_path)) == expected(company)


def test_an_account_that_is_not_there(meta, tmp_path):
    with serve(meta.app) as url, pytest.raises(ConfigError, match="correct account_id"):
        land_vendor(Home(tmp_path), config(url, account_id="999"), "ads")


@pytest.mark.parametrize("seed", fault_seeds())
def test_faults_change_nothing(company, meta, tmp_path, seed):
    faults = Faults(seed, share=0.3)
    with serve(Faulty(meta.app, faults)) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert sum(faults.met.values()) >= 3
    assert landed(Home(tmp_path)) == expected(company)


def test_the_doctor_reads_a_week_and_loads_nothing(company, meta):
    with serve(meta.app) as url:
        account, quota, history, stats = config(url).diagnose("ads", LAST_DAY)
        _, _, far, _ = config(url, history_from=date(2020, 1, 1)).diagnose("ads", LAST_DAY)
        meta.hour.count = len(meta.answered) + 1
        _, full, _ = config(url).diagnose("ads", LAST_DAY)
    assert account.found.endswith(f"{ACCOUNT}, money in RUB, days of Europe/Moscow")
    assert history.ok and not far.ok
    assert quota.ok and quota.found == "2 % of what Meta allows in an hour is used"
    assert not full.ok and full.found.startswith("100 %")
    week = ad_stats(company, "vk_ads", LAST_DAY - timedelta(days=6), LAST_DAY)
    assert stats.found.startswith(f"{len(week)} rows in the last week, a first load of 61 days")
    assert stats.found.endswith("min at the pace of that week")
