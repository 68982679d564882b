"""Yandex Direct: the demo company's statistics through the Reports service, and back to the
entity."""

from datetime import date, timedelta
from pathlib import Path

import pytest

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
from orchestration.emulators.server import serve
from orchestration.emulators.yandex_direct import LOGIN, NOT_CARRIED, RENAMED, TOKEN, YandexDirect
from orchestration.sources.ads.yandex_direct import api
from orchestration.sources.ads.yandex_direct.api import DirectApi
from orchestration.sources.ads.yandex_direct.config import YandexDirectSource
from orchestration.sources.connectors import slices as landing
from orchestration.sources.http import rates

FIRST = date(2026, 5, 1)
# The night before the company's earlier state ends.
EARLIER = LAST_DAY - timedelta(days=21)


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECT_TOKEN", TOKEN)


@pytest.fixture
def direct(company: Company, quick_time: QuickTime) -> YandexDirect:
    return YandexDirect(company, clock=quick_time.now)


def config(url: str, **options) -> YandexDirectSource:
    return YandexDirectSource(
        **{
            "type": "yandex_direct",
            "token_env": "DIRECT_TOKEN",
            "history_from": FIRST,
            "base_url": f"{url}/json/v501",
            **options,
        }
    )


def carried(company: Company, first: date = FIRST, last: date = LAST_DAY) -> dict[tuple, dict]:
    return ads.carried(company, RENAMED, NOT_CARRIED, first, last)


def landed_total(home: Home) -> tuple:
    with open_warehouse(home, DuckDbLimits()) as warehouse:
        return warehouse.execute(
            "select sum(impressions), sum(clicks), sum(cost), coalesce(sum(conversions), 0)"
            " from raw_ads.stats"
        ).fetchone()


def first_asked(direct: YandexDirect, home: Home, url: str, as_of: date, **options) -> date:
    """The first day that a night asks for."""
    direct.made.clear()
    land_vendor(home, config(url, **options), "ads", as_of)
    return min(first for first, _ in direct.made)


def test_every_row_is_equal_after_the_round_trip(company, direct, vendor_models: Models, tmp_path):
    home = Home(tmp_path)
    with serve(direct.app) as url:
        source = config(url)
        load, _ = land_vendor(home, source, "ads")
    with conform_vendor(home, {"ads": source}, vendor_models) as warehouse:
        assert conformed(warehouse) == carried(company)
    assert load.rows_loaded == load.rows_delivered == len(carried(company))
    assert load.money_loaded == total(carried(company).values())[2]
    assert direct.window.broken == 0
    assert files_with(home, TOKEN) == []


def test_a_second_night_is_as_good_as_a_fresh_load(company, direct, quick_time, tmp_path):
    grown, fresh = Home(tmp_path / "grown"), Home(tmp_path / "fresh")
    with serve(direct.app) as url:
        source = config(url, restatement_days=60)
        with company.earlier():
            land_vendor(grown, source, "ads", EARLIER)
            early = landed_total(grown)
        quick_time.sleep(86_400)
        land_vendor(grown, source, "ads")
        land_vendor(fresh, source, "ads")
    same(grown, fresh, "ads")
    assert early[2] > total(carried(company, last=EARLIER).values())[2]


def test_only_the_days_of_the_window_are_read_again(direct, tmp_path):
    home, sunday = Home(tmp_path), date(2026, 6, 21)
    assert sunday.isoweekday() == 7
    with serve(direct.app) as url:

        def first(as_of: date) -> date:
            return first_asked(direct, home, url, as_of)

        assert first(sunday - timedelta(days=1)) == FIRST
        # The last three days landed, and the day that is new.
        assert first(sunday) == sunday - timedelta(days=3)
        # The first night of a week.
        assert first(sunday + timedelta(days=1)) == sunday - timedelta(days=29)
        assert first(sunday + timedelta(days=2)) == sunday - timedelta(days=1)


def test_rows_deleted_at_the_source_are_deleted_within_the_window(
    company, direct, quick_time, tmp_path
):
    home, last = Home(tmp_path), date(2026, 6, 24)
    campaign = number(company, "yd_goods")
    with serve(direct.app) as url:
        source = config(url, restatement_days=5)
        land_vendor(home, source, "ads", last)
        empty = last - timedelta(days=2)
        # Direct gives out for five hours what it has made.
        quick_time.sleep(5 * 3600)
        direct.gone = lambda row: row["date"] == empty or row["campaign_id"] == campaign
        land_vendor(home, source, "ads", last)
    begin = last - timedelta(days=4)
    expected = [
        row
        for row in ad_stats(company, "yandex_direct", FIRST, last)
        if row["date"] < begin or not direct.gone(row)
    ]
    assert landed_total(home) == total(expected)


def test_a_paused_account_is_not_read_ever_longer(direct, tmp_path):
    home, monday = Home(tmp_path), date(2026, 6, 29)
    direct.gone = lambda row: row["date"] > date(2026, 5, 12)
    with serve(direct.app) as url:
        for night in (monday - timedelta(days=1), monday):
            land_vendor(home, config(url), "ads", night)
        assert first_asked(direct, home, url, LAST_DAY) == monday - timedelta(days=2)


def test_nothing_is_believed_when_it_is_said_twice(company, direct, quick_time, tmp_path):
    home = Home(tmp_path)
    with serve(direct.app) as url:
        direct.stumbles.on = True
        land_vendor(home, config(url), "ads")
        assert landed_total(home) == total(carried(company).values())
        quick_time.sleep(86_400)
        direct.gone = lambda row: row["date"] >= FIRST
        land_vendor(home, config(url, restatement_days=61), "ads")
    assert landed_total(home) == (None, None, None, 0)


def test_days_that_the_platform_no_longer_keeps_are_not_requested(direct, tmp_path):
    with serve(direct.app) as url, pytest.raises(ConfigError, match="keeps them since 2023-06-01"):
        land_vendor(Home(tmp_path), config(url, history_from=date(2023, 5, 31)), "ads")
    assert direct.made == []


def test_a_report_may_take_hours(company, quick_time, tmp_path):
    direct = YandexDirect(company, polls=16, retry_in=600, clock=quick_time.now)
    with serve(direct.app) as url:
        land_vendor(Home(tmp_path), config(url, slice_days=100), "ads")
    assert sum(quick_time.slept) > 2 * 3600
    assert landed_total(Home(tmp_path)) == total(carried(company).values())


def test_a_report_that_takes_too_long_is_asked_for_in_parts(company, quick_time, tmp_path):
    direct = YandexDirect(company, quick_days=20, retry_in=600, clock=quick_time.now)
    with serve(direct.app) as url:
        land_vendor(Home(tmp_path), config(url, slice_days=31), "ads")
    assert sum((last - first).days >= 20 for first, last in direct.made) == 2
    assert direct.most_queued < 5
    assert landed_total(Home(tmp_path)) == total(carried(company).values())


def test_a_later_run_finds_the_report_it_did_not_wait_for(company, quick_time, tmp_path):
    direct = YandexDirect(company, polls=20, retry_in=600, clock=quick_time.now)
    with serve(direct.app) as url:
        source = config(url, history_from=LAST_DAY)
        with pytest.raises(SourceError, match="does not finish the report"):
            land_vendor(Home(tmp_path), source, "ads")
        land_vendor(Home(tmp_path), source, "ads")
    assert direct.made == [(LAST_DAY, LAST_DAY)]
    assert landed_total(Home(tmp_path)) == total(carried(company, LAST_DAY).values())


def test_advertisers_of_one_login_share_its_ten_seconds(direct, tmp_path):
    with serve(direct.app) as url:
        for name in ("one", "other"):
            land_vendor(Home(tmp_path / name), config(url, slice_days=10), name)
    assert direct.window.broken == 0
    assert len(rates._accounts) == 1 and not any(TOKEN in one for one in rates._accounts)


def test_reports_of_others_fill_the_queue_for_a_while(company, quick_time, tmp_path):
    direct = YandexDirect(company, others=8, clock=quick_time.now)
    with serve(direct.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert direct.others == 4
    assert landed_total(Home(tmp_path)) == total(carried(company).values())


def test_a_report_that_is_too_large_is_asked_for_in_parts(company, quick_time, tmp_path):
    direct = YandexDirect(company, most_days=7, clock=quick_time.now)
    with serve(direct.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert {(last - first).days < 7 for first, last in direct.made} == {True}
    assert landed_total(Home(tmp_path)) == total(carried(company).values())


@pytest.mark.parametrize("tells_all", [False, True])
def test_a_report_that_is_cut_off_is_asked_for_in_parts(
    company, quick_time, tmp_path, monkeypatch, tells_all
):
    """Direct leaves out rows after the millionth, and the report looks complete."""
    monkeypatch.setattr(api, "MOST_ROWS", 60)
    direct = YandexDirect(company, most_rows=60, tells_all=tells_all, clock=quick_time.now)
    with serve(direct.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
        assert landed_total(Home(tmp_path)) == total(carried(company).values())
    assert len(direct.made) > 5
    monkeypatch.setattr(api, "MOST_ROWS", 2)
    direct = YandexDirect(company, most_rows=2, tells_all=tells_all, clock=quick_time.now)
    with (
        serve(direct.app) as url,
        pytest.raises(SourceError, match="or cuts it off after"),
    ):
        land_vendor(Home(tmp_path / "day"), config(url), "ads")


def test_a_day_that_is_too_large_says_what_to_do(company, quick_time, tmp_path):
    direct = YandexDirect(company, most_days=0, clock=quick_time.now)
    with serve(direct.app) as url, pytest.raises(SourceError, match="choose a coarser grain"):
        land_vendor(Home(tmp_path), config(url), "ads")


def test_money_is_in_the_unit_that_was_asked_for(company, direct, tmp_path):
    """Whole tens of thousands are what somebody spent, not millionths of it."""

    def tens_of_thousands(body: bytes) -> bytes:
        head, *lines, total_rows = body.decode().rstrip().split("\n")
        place = head.split("\t").index("Cost")
        cells = [line.split("\t") for line in lines]
        lines = ["\t".join([*one[:place], "20000", *one[place + 1 :]]) for one in cells]
        return "\n".join([head, *lines, total_rows, ""]).encode()

    direct.edit = tens_of_thousands
    with serve(direct.app) as url:
        load, _ = land_vendor(Home(tmp_path), config(url), "ads")
    assert load.money_loaded == 20_000 * load.rows_loaded > 0


@pytest.mark.parametrize("stays_mute", [False, True])
def test_no_row_of_a_smart_campaign_is_lost(
    company, quick_time, vendor_models, tmp_path, stays_mute
):
    """Direct tells its impressions only where no targeting is asked for, if at all; one text may be
    two targetings of a group."""
    smart = number(company, "yd_goods")
    direct = YandexDirect(
        company,
        smart=[smart],
        mute=[smart] if stays_mute else [],
        has_doubles=True,
        clock=quick_time.now,
    )
    with serve(direct.app) as url:
        source = config(url)
        load, _ = land_vendor(Home(tmp_path), source, "ads")
    assert load.rows_quarantined == load.rows_superseded == 0
    with conform_vendor(Home(tmp_path), {"ads": source}, vendor_models) as warehouse:
        came = conformed(warehouse)

    def totals(rows: dict[tuple, dict], is_smart: bool) -> tuple:
        return total(row for row in rows.values() if (row["campaign_id"] == smart) == is_smart)

    own = carried(company)
    assert totals(came, is_smart=False) == totals(own, is_smart=False)
    impressions, *others = totals(own, is_smart=True)
    assert totals(came, is_smart=True) == (0 if stays_mute else impressions, *others)
    keywords = {row["keyword"] for row in came.values() if row["campaign_id"] == smart}
    assert (keywords == {None}) != stays_mute


@pytest.mark.parametrize(
    ("grain", "columns"),
    [
        ("campaign", ("campaign_id",)),
        ("ad_group", ("campaign_id", "ad_group_id")),
        ("ad", ("campaign_id", "ad_group_id", "ad_id")),
    ],
)
def test_a_coarser_grain_sums_up(company, direct, vendor_models, tmp_path, grain, columns):
    with serve(direct.app) as url:
        source = config(url, grain=grain)
        land_vendor(Home(tmp_path), source, "ads")
    with conform_vendor(Home(tmp_path), {"ads": source}, vendor_models) as warehouse:
        came = conformed(warehouse)
    expected: dict[tuple, list[dict]] = {}
    for row in carried(company).values():
        cut = (row["date"], *(row[name] for name in columns))
        expected.setdefault(cut, []).append(row)
    found = {(row["date"], *(row[name] for name in columns)): total([row]) for row in came.values()}
    assert found == {cut: total(rows) for cut, rows in expected.items()}
    assert {row["keyword"] for row in came.values()} == {None}


def test_spend_without_vat_says_so(company, direct, vendor_models: Models, tmp_path):
    with serve(direct.app) as url:
        source = config(url, include_vat=False)
        land_vendor(Home(tmp_path), source, "ads")
    with conform_vendor(Home(tmp_path), {"ads": source}, vendor_models) as warehouse:
        rows = conformed(warehouse).values()
    assert {row["vat_included"] for row in rows} == {False}
    assert total(rows)[2] < total(carried(company).values())[2]


def test_a_token_that_is_refused(direct, monkeypatch, tmp_path):
    monkeypatch.setenv("DIRECT_TOKEN", "y0_wrongtoken9876543210")
    with serve(direct.app) as url, pytest.raises(ConfigError) as told:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert "error 53" in str(told.value) and "set DIRECT_TOKEN to one" in str(told.value)
    assert "y0_wrong" not in str(told.value)
    assert told.value.exit_status == 2


def test_an_agency_has_to_name_the_advertiser(company, quick_time, tmp_path):
    direct = YandexDirect(company, is_agency=True, clock=quick_time.now)
    with serve(direct.app) as url:
        with pytest.raises(ConfigError, match=r"an agency's.* set client_login"):
            land_vendor(Home(tmp_path), config(url), "ads")
        with pytest.raises(ConfigError, match="set client_login to the login of an advertiser"):
            land_vendor(Home(tmp_path), config(url, client_login="other"), "ads")
        land_vendor(Home(tmp_path), config(url, client_login=LOGIN), "ads")
    assert landed_total(Home(tmp_path)) == total(carried(company).values())


@pytest.mark.parametrize("error", [(1000, "Server error", 500), (56, "Too often", 400)])
def test_what_may_heal_is_asked_for_again(company, direct, tmp_path, error):
    direct.errors = [error] * 3
    with serve(direct.app) as url:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert landed_total(Home(tmp_path)) == total(carried(company).values())


@pytest.mark.parametrize(
    ("error", "advice", "kind"),
    [
        ((152, "Not enough units", 400), "run again in an hour", SourceError),
        ((58, "Access is not approved", 400), "ask Yandex Direct for access", ConfigError),
        ((4001, "Wrong parameters", 400), "does not take this request", SourceError),
    ],
)
def test_what_cannot_heal_says_what_to_do(direct, tmp_path, error, advice, kind):
    direct.errors = [error]
    with serve(direct.app) as url, pytest.raises(kind, match=advice) as told:
        land_vendor(Home(tmp_path), config(url), "ads")
    assert f"error {error[0]} {error[1]}" in str(told.value)


def test_an_unreadable_value_goes_to_quarantine(company, direct, tmp_path):
    word = ad_stats(company, "yandex_direct", FIRST, FIRST)[0]["keyword"].encode()

    def edit(body: bytes) -> bytes:
        lines = body.split(b"\n")
        place = next(n for n, line in enumerate(lines) if word in line)
        cells = lines[place].split(b"\t")
        lines[place] = b"\t".join([*cells[:7], b"many", *cells[8:]])
        return b"\n".join(lines)

    direct.edit = edit
    with serve(direct.app) as url:
        load, _ = land_vendor(Home(tmp_path), config(url, slice_days=100), "ads")
    assert (load.rows_quarantined, load.rows_delivered) == (1, len(carried(company)))
    with open_warehouse(Home(tmp_path), DuckDbLimits()) as warehouse:
        reject = warehouse.execute("select column_name, value, reason from ledger.quarantine")
        assert reject.fetchone() == ("impressions", "many", "is not a whole number")


def test_two_parts_of_a_sum_under_one_key_are_not_one(company, direct, tmp_path):
    """Should a report ever have a cut that is not asked for: neither part is dropped in silence."""

    def edit(body: bytes) -> bytes:
        head, first, *lines, total_rows = body.decode().rstrip().split("\n")
        cells = first.split("\t")
        cells[head.split("\t").index("Cost")] = "7.77"
        count = int(total_rows.split(": ")[1]) + 1
        return "\n".join(
            [head, first, "\t".join(cells), *lines, f"Total rows: {count}", ""]
        ).encode()

    direct.edit = edit
    with serve(direct.app) as url:
        load, _ = land_vendor(Home(tmp_path), config(url, slice_days=100), "ads")
    assert (load.rows_quarantined, load.rows_superseded) == (1, 0)
    with open_warehouse(Home(tmp_path), DuckDbLimits()) as warehouse:
        (reason,) = warehouse.execute("select reason from ledger.quarantine").fetchone()
    assert reason.endswith("has the same key and other values")


def test_columns_of_another_name_are_noticed(direct, tmp_path):
    direct.edit = lambda body: body.replace(b"Clicks", b"Taps", 1)
    with serve(direct.app) as url, pytest.raises(SourceError, match=r"has columns .* Taps"):
        land_vendor(Home(tmp_path), config(url), "ads")


def test_a_row_with_a_cell_too_many_is_noticed(direct, tmp_path):
    direct.edit = lambda body: body.replace(b"\t2026-05-03", b"\t\t2026-05-03").replace(
        b"\n2026-05-03\t", b"\n2026-05-03\t\t", 1
    )
    with serve(direct.app) as url, pytest.raises(SourceError, match="tab-separated"):
        land_vendor(Home(tmp_path), config(url), "ads")


def test_a_backfill_continues_after_the_landed_days(company, direct, monkeypatch, tmp_path):
    monkeypatch.setattr(landing, "_SLICE_SECONDS", 0)
    home, window = Home(tmp_path), (FIRST, LAST_DAY)
    report = DirectApi.report
    with serve(direct.app) as url, monkeypatch.context() as patch:

        def killed(self, what, params):
            if len(direct.made) == 3:
                raise KeyboardInterrupt
            return report(self, what, params)

        patch.setattr(DirectApi, "report", killed)
        with pytest.raises(KeyboardInterrupt):
            land_vendor(home, config(url, slice_days=10), "ads", window=window)
        patch.undo()
        monkeypatch.setenv("DIRECT_TOKEN", TOKEN)
        land_vendor(home, config(url, slice_days=10), "ads", window=window)
    # A slice counts as read when the next one is asked for: the last that landed comes again, from
    # what Direct has made of it.
    assert len(direct.made) == len(set(direct.made)) == 7
    assert landed_total(home) == total(carried(company).values())


@pytest.mark.parametrize("seed", fault_seeds())
def test_faults_change_nothing(company, quick_time, tmp_path: Path, seed):
    home = Home(tmp_path)
    direct = YandexDirect(company, polls=1, clock=quick_time.now)
    faults = Faults(seed, share=0.4)
    with serve(Faulty(direct.app, faults)) as url:
        land_vendor(home, config(url, slice_days=10), "ads")
    assert faults.met
    assert landed_total(home) == total(carried(company).values())


def test_the_doctor_reads_a_week_and_loads_nothing(company, direct, quick_time):
    with serve(direct.app) as url:
        about, history, stats = config(url).diagnose("ads", LAST_DAY)
        _, far, _ = config(url, history_from=date(2020, 1, 1)).diagnose("ads", LAST_DAY)
    week = ad_stats(company, "yandex_direct", LAST_DAY - timedelta(days=6), LAST_DAY)
    assert about.ok and f"client {number(company, 'ya-1')}, money in RUB" in about.found
    assert "63990 of 64000 points left" in about.found
    assert history.ok and not far.ok and "since 2023-06-01" in far.found
    assert stats.found.startswith(f"{len(week):,} rows in the last week, a first load of 61 days")
