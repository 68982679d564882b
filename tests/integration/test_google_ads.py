"""Google Ads: the demo company's statistics through searchStream, and back to the entity."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from kits import ads
from kits.ads import conformed, total
from kits.profiles import fault_seeds
from kits.vendors import Models, conform_vendor, files_with, land_vendor, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.emulators.ads import ad_stats, number
from orchestration.emulators.clock import QuickTime
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.google_ads import (
    CLIENT_ID,
    CLIENT_SECRET,
    CUSTOMER,
    DEVELOPER_TOKEN,
    MANAGER,
    NOT_CARRIED,
    REFRESH_TOKEN,
    RENAMED,
    GoogleAds,
)
from orchestration.emulators.server import serve
from orchestration.sources.ads.google_ads import api
from orchestration.sources.ads.google_ads.config import GoogleAdsSource
from orchestration.sources.connectors import slices as landing
from orchestration.sources.http import rates

FIRST = date(2026, 5, 1)
EARLIER = LAST_DAY - timedelta(days=21)
SECRETS = {
    "GOOGLE_DEVELOPER_TOKEN": DEVELOPER_TOKEN,
    "GOOGLE_CLIENT_ID": CLIENT_ID,
    "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
    "GOOGLE_REFRESH_TOKEN": REFRESH_TOKEN,
}


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def google(company: Company, quick_time: QuickTime) -> GoogleAds:
    return GoogleAds(company, clock=quick_time.now)


def config(url: str, **options) -> GoogleAdsSource:
    return GoogleAdsSource(
        **{
            "type": "google_ads",
            "customer_ids": ["123-456-7890"],
            "developer_token_env": "GOOGLE_DEVELOPER_TOKEN",
            "client_id_env": "GOOGLE_CLIENT_ID",
            "client_secret_env": "GOOGLE_CLIENT_SECRET",
            "refresh_token_env": "GOOGLE_REFRESH_TOKEN",
            "history_from": FIRST,
            "base_url": url,
            "token_url": f"{url}/token",
            **options,
        }
    )


def carried(company: Company, last: date = LAST_DAY) -> dict[tuple, dict]:
    return ads.carried(company, RENAMED, NOT_CARRIED, FIRST, last)


def campaign_total(home: Home) -> tuple:
    """What is landed of whole campaigns."""
    with open_warehouse(home, DuckDbLimits()) as warehouse:
        return warehouse.execute(
            "select sum(impressions), sum(clicks), cast(sum(cost_micros) / 1e6 as decimal(18, 2)),"
            " sum(conversions) from raw_ads.stats where ad_id = '--' and criterion_id = '--'"
        ).fetchone()


def test_every_row_is_equal_after_the_round_trip(company, google, vendor_models: Models, tmp_path):
    home = Home(tmp_path)
    with serve(google.app) as url:
        source = config(url)
        land_vendor(home, source, "ads")
    with conform_vendor(home, {"ads": source}, vendor_models) as warehouse:
        assert conformed(warehouse) == carried(company)
    kept = home.state / "tokens" / "ads.json"
    assert files_with(home, *SECRETS.values()) == [kept]
    assert kept.stat().st_mode & 0o777 == 0o600


def test_what_has_neither_ad_nor_keyword_is_a_row_of_its_campaign(
    company, quick_time, vendor_models: Models, tmp_path
):
    campaign = number(company, "ga_goods")
    google = GoogleAds(company, without_parts=(campaign,), clock=quick_time.now)
    with serve(google.app) as url:
        source = config(url)
        land_vendor(Home(tmp_path), source, "ads")
    with conform_vendor(Home(tmp_path), {"ads": source}, vendor_models) as warehouse:
        came = conformed(warehouse).values()
    whole = [row for row in came if row["campaign_id"] == campaign]
    assert {(row["ad_group_id"], row["ad_id"], row["keyword"]) for row in whole} == {(None,) * 3}
    assert len(whole) == len({row["date"] for row in whole})
    own = [row for row in carried(company).values() if row["campaign_id"] == campaign]
    assert total(whole) == total(own)
    assert total(came) == total(carried(company).values())


def test_what_a_search_campaign_shows_without_a_keyword_is_not_lost(
    company, google, vendor_models: Models, tmp_path, monkeypatch
):
    rows = GoogleAds._rows

    def half(self, resource, query):
        found = rows(self, resource, query)
        return found[::2] if resource == "keyword_view" else found

    monkeypatch.setattr(GoogleAds, "_rows", half)
    with serve(google.app) as url:
        source = config(url)
        land_vendor(Home(tmp_path), source, "ads")
    with conform_vendor(Home(tmp_path), {"ads": source}, vendor_models) as warehouse:
        came = conformed(warehouse).values()
    assert any(row["ad_group_id"] is None and row["clicks"] > 0 for row in came)
    assert total(came) == total(carried(company).values())


def test_fractions_of_a_cent_are_not_lost(company, google, vendor_models: Models, tmp_path):
    # Each row a little below half a cent: rounded, all of it would be lost.
    google.fraction = lambda row: 4_999
    with serve(google.app) as url:
        source = config(url)
        land_vendor(Home(tmp_path), source, "ads")
    with conform_vendor(Home(tmp_path), {"ads": source}, vendor_models) as warehouse:
        came = conformed(warehouse)
    own = carried(company)
    assert came.keys() == own.keys()
    gained = {row["spend"] - own[key]["spend"] for key, row in came.items()}
    assert gained == {Decimal("0.004999")}


def test_a_second_night_is_as_good_as_a_fresh_load(company, google, tmp_path):
    grown, fresh = Home(tmp_path / "grown"), Home(tmp_path / "fresh")
    with serve(google.app) as url:
        source = config(url, restatement_days=60)
        with company.earlier():
            land_vendor(grown, source, "ads", EARLIER)
        early = campaign_total(grown)
        land_vendor(grown, source, "ads")
        land_vendor(fresh, source, "ads")
    same(grown, fresh, "ads")
    assert early[2] > total(carried(company, EARLIER).values())[2]
    assert campaign_total(fresh) == total(carried(company).values())


def test_only_the_days_of_the_window_are_read_again(google, tmp_path):
    home, tuesday = Home(tmp_path), date(2026, 6, 23)
    with serve(google.app) as url:
        land_vendor(home, config(url), "ads", tuesday)
        google.asked.clear()
        land_vendor(home, config(url), "ads", tuesday + timedelta(days=1))
        assert {first for _, first, _ in google.asked} == {tuesday - timedelta(days=6)}
        assert {resource for resource, _, _ in google.asked} == {
            "campaign",
            "ad_group_ad",
            "keyword_view",
        }
        google.asked.clear()
        # The first night of a week reads as far back as there is history.
        land_vendor(home, config(url), "ads", tuesday + timedelta(days=6))
        assert min(first for _, first, _ in google.asked) == FIRST


def test_days_that_the_platform_no_longer_keeps_are_not_requested(google, tmp_path):
    """Google returns no rows of them, which would delete the landed ones."""
    with serve(google.app) as url:
        early = config(url, history_from=date(2023, 5, 31))
        with pytest.raises(
            ConfigError, match="since 2023-05-31, but the platform keeps them since 2023-06-01"
        ):
            land_vendor(Home(tmp_path), early, "ads")
        assert google.asked == []
        (history,) = [one for one in early.diagnose("ads", LAST_DAY) if not one.ok]
    assert "`history_from` is 2023-05-31, expected not before 2023-06-01" in history.found


def test_days_without_rows_are_emptied(company, google, tmp_path):
    home = Home(tmp_path)
    with serve(google.app) as url:
        source = config(url, restatement_days=61)
        land_vendor(home, source, "ads")
        google.gone = lambda row: row["date"] >= date(2026, 5, 20)
        land_vendor(home, source, "ads")
        kept = [row for row in carried(company).values() if not google.gone(row)]
        assert campaign_total(home) == total(kept)
        google.gone = lambda row: True
        land_vendor(home, source, "ads")
    with open_warehouse(home, DuckDbLimits()) as warehouse:
        # All days are read again, and nothing is left of them.
        assert warehouse.execute("select count(*) from raw_ads.stats").fetchone() == (0,)


def test_nothing_is_believed_when_it_is_said_twice(company, google, tmp_path):
    home = Home(tmp_path)
    with serve(google.app) as url:
        google.stumbles.on = True
        for nights in (0, 1):
            land_vendor(home, config(url, restatement_days=60 - nights), "ads")
            assert campaign_total(home) == total(carried(company).values())


def test_sources_with_one_developer_token_share_its_day(google, quick_time, tmp_path):
    with serve(google.app) as url:
        source = config(url, operations_per_day=12)
        land_vendor(Home(tmp_path / "one"), source, "ads")
        assert len(google.asked) == 9
        with pytest.raises(SourceError, match=r"the limit of 12 requests in 86,400 s"):
            land_vendor(Home(tmp_path / "other"), source, "others")
    assert len(google.asked) == 12
    assert not any(DEVELOPER_TOKEN in account for account in rates._accounts)


def test_a_first_load_without_ads_goes_on_where_it_ended(tmp_path, monkeypatch):
    """Slices without rows leave no newest day behind."""
    monkeypatch.setattr(landing, "_SLICE_SECONDS", 0)
    asked: list[str] = []

    def nothing(self, customer_id, query):
        if "FROM campaign" in query:
            asked.append(re.findall(r"'([\d-]+)'", query)[0])
        if len(asked) == 4:
            raise SourceError("the network is down")
        return []

    monkeypatch.setattr(api.GoogleAdsApi, "search", nothing)
    days = {"slice_days": 30, "restatement_days": 7, "weekly_restatement_days": 0}
    source = config("https://vendor.test", history_from=date(2026, 1, 1), **days)
    with pytest.raises(SourceError):
        land_vendor(Home(tmp_path), source, "ads", date(2026, 6, 30))
    land_vendor(Home(tmp_path), source, "ads", date(2026, 6, 30))
    assert asked[:4] == ["2026-01-01", "2026-01-31", "2026-03-02", "2026-04-01"]
    # From the end of the last landed slice, 1 March, and a week before it as in any night.
    assert asked[4:] == ["2026-02-23", "2026-03-25", "2026-04-24", "2026-05-24", "2026-06-23"]


def test_an_access_token_that_ends_is_renewed(company, google, tmp_path, monkeypatch):
    monkeypatch.setattr(landing, "_SLICE_ROWS", 1)
    search = api.GoogleAdsApi.search

    def expiring(self, customer_id, query):
        google.expire()
        return search(self, customer_id, query)

    monkeypatch.setattr(api.GoogleAdsApi, "search", expiring)
    with serve(google.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert google.tokens_given > len(google.asked)
    assert campaign_total(Home(tmp_path)) == total(carried(company).values())


def test_a_quota_is_waited_for_as_long_as_google_says(company, google, quick_time, tmp_path):
    google.errors = [(429, "quotaError", "RESOURCE_EXHAUSTED"), (503, "internalError", "TRANSIENT")]
    with serve(google.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert max(quick_time.slept) > 30
    assert campaign_total(Home(tmp_path)) == total(carried(company).values())


def test_a_stream_that_ends_in_an_error_is_read_anew(company, google, tmp_path):
    google.break_off = 2
    with serve(google.app) as url:
        load, _ = land_vendor(Home(tmp_path), config(url), "ads")
    assert google.break_off == 0 and load.rows_superseded == 0
    assert campaign_total(Home(tmp_path)) == total(carried(company).values())


def test_a_minute_that_is_full_is_waited_for(company, quick_time, tmp_path):
    google = GoogleAds(company, per_minute=4, clock=quick_time.now)
    with serve(google.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert google.minute.broken > 0
    assert campaign_total(Home(tmp_path)) == total(carried(company).values())


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ((403, "authorizationError", "CUSTOMER_NOT_ENABLED"), "take it out of customer_ids"),
        ((403, "authorizationError", "DEVELOPER_TOKEN_NOT_APPROVED"), "ask Google for basic"),
        ((429, "quotaError", "ACCESS_PROHIBITED"), "ask Google for access"),
    ],
)
def test_what_cannot_heal_says_what_to_do(google, tmp_path, code, advice):
    google.errors = [code]
    with serve(google.app) as url, pytest.raises(ConfigError, match=advice) as told:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert code[2] in str(told.value) and told.value.exit_status == 2


def test_a_question_that_is_not_understood_is_an_error_of_the_source(google, tmp_path):
    google.errors = [(400, "queryError", "UNRECOGNIZED_FIELD")]
    with serve(google.app) as url, pytest.raises(SourceError, match="UNRECOGNIZED_FIELD"):
        land_vendor(Home(tmp_path), config(url), "ads")


@pytest.mark.parametrize("variable", list(SECRETS))
def test_a_secret_that_is_wrong_is_one_sentence_without_it(google, monkeypatch, tmp_path, variable):
    monkeypatch.setenv(variable, "wrong-secret-0123456789")
    with serve(google.app) as url, pytest.raises(ConfigError) as told:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert "wrong-secret" not in str(told.value)
    wanted = "developer token" if "DEVELOPER" in variable else "GOOGLE_REFRESH_TOKEN"
    assert wanted in str(told.value)


def test_an_account_of_a_manager(company, quick_time, tmp_path):
    google = GoogleAds(company, is_managed=True, clock=quick_time.now)
    with serve(google.app) as url:
        with pytest.raises(ConfigError, match="set login_customer_id"):
            land_vendor(Home(tmp_path), config(url), "ads")
        managed = config(url, login_customer_id="987-654-3210")
        land_vendor(Home(tmp_path), managed, "ads")
        manager = config(url, login_customer_id=MANAGER, customer_ids=[MANAGER])
        with pytest.raises(ConfigError, match="not their manager"):
            land_vendor(Home(tmp_path), manager, "ads")
    assert campaign_total(Home(tmp_path)) == total(carried(company).values())


def test_an_account_is_a_number():
    with pytest.raises(ValidationError, match="customer_ids"):
        config("http://vendor", customer_ids=["shop"])


@pytest.mark.parametrize("seed", fault_seeds())
def test_faults_change_nothing(company, quick_time, tmp_path, seed):
    home = Home(tmp_path)
    google = GoogleAds(company, clock=quick_time.now)
    faults = Faults(seed, share=0.4)
    with serve(Faulty(google.app, faults)) as url:
        land_vendor(home, config(url, slice_days=10), "ads")
    assert faults.met
    assert campaign_total(home) == total(carried(company).values())


def test_the_doctor_counts_a_week_and_loads_nothing(company, google):
    with serve(google.app) as url:
        account, history, stats = config(url).diagnose("ads", LAST_DAY)
        _, longer, _ = config(url, history_from=date(2026, 1, 1)).diagnose("ads", LAST_DAY)
    assert f"account {CUSTOMER} may be read, money in USD, days of Europe/Moscow" in account.found
    assert f"statistics since {FIRST}, `history_from` is {FIRST}" in history.found
    oldest = min(row["date"] for row in ad_stats(company, "google_ads", date(2026, 1, 1), LAST_DAY))
    assert f"statistics since {oldest}, `history_from` is 2026-01-01" in longer.found
    assert (
        "a first load of 61 days" in stats.found and "min at the pace of that week" in stats.found
    )
    assert "and 9 of 15,000 operations a day" in stats.found
