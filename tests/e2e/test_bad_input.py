"""Bad input from the command line: one sentence, the right status, what was published untouched."""

import pytest

from kits.published import fingerprints, query
from kits.shop import DEALS, SHOP, Company


@pytest.fixture(scope="module")
def published_shop(tmp_path_factory, open_shop) -> Company:
    return open_shop(tmp_path_factory.mktemp("bad") / "shop")


def test_the_shop_gets_its_numbers(published_shop):
    assert query(
        published_shop.marts,
        """
        select manager_id, won_count, lost_count, revenue from marts.mart_manager_kpi
        where period_grain = 'month' order by 1
        """,
    ) == [("u1", 1, 1, pytest.approx(1000.50)), ("u2", 1, 0, pytest.approx(2000))]


# What is broken, the exit status, and what the sentence has to name.
BAD = {
    "missing file": ("deals.csv", None, 3, ["deals.csv"]),
    "empty file": ("deals.csv", "", 3, ["deals.csv"]),
    "column not there": (
        "deals.csv",
        DEALS.replace("stage", "phase", 1),
        2,
        ["deals.csv", "stage"],
    ),
    "required empty": (
        "deals.csv",
        DEALS.replace("02.03.2026 10:00", "", 1),
        1,
        ["deals.csv", "created_at"],
    ),
    "no date": (
        "deals.csv",
        DEALS.replace("02.03.2026 10:00", "32.13.2026 10:00", 1),
        1,
        ["deals.csv", "created_at", "32.13.2026 10:00"],
    ),
    "no number": (
        "deals.csv",
        DEALS.replace(",500,", ",a lot,"),
        1,
        ["deals.csv", "amount", "a lot"],
    ),
    "one id twice": ("deals.csv", DEALS.replace("\n2,", "\n1,"), 1, ["deals.csv", "deal_id", "1"]),
    "unknown stage": (
        "deals.csv",
        DEALS.replace("talk", "sleep"),
        1,
        ["deals.csv", "stage_id", "sleep"],
    ),
    "unknown currency": (
        "deals.csv",
        DEALS.replace("500,RUB", "500,ZZZ"),
        1,
        ["deals.csv", "currency", "ZZZ"],
    ),
    "currency without a rate": (
        "deals.csv",
        DEALS.replace("500,RUB", "500,USD"),
        1,
        ["USD", "rate"],
    ),
    "misspelt key": (
        "voronka.toml",
        SHOP.replace("base_currency", "base_curency"),
        2,
        ["voronka.toml", "base_curency", "base_currency"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(published_shop, name):
    file, text, status, words = BAD[name]
    shop = published_shop
    good = (shop.folder / file).read_text()
    before = fingerprints(shop.marts)
    try:
        if text is None:
            (shop.folder / file).unlink()
        else:
            assert text != good
            shop.write(file, text)
        ended = shop.run()
    finally:
        shop.write(file, good)
    assert ended.status == status, ended.text
    missing = [word for word in words if word not in ended.text]
    assert not missing, ended.text
    assert "Traceback" not in ended.text
    assert fingerprints(shop.marts) == before


def test_wrong_encoding(published_shop):
    shop = published_shop
    good = (shop.folder / "users.csv").read_text()
    shop.write("users.csv", good.replace("Anna", "Анна"), encoding="cp1251")
    try:
        ended = shop.run()
    finally:
        shop.write("users.csv", good)
    assert ended.status == 3, ended.text
    assert "users.csv" in ended.text
    assert "encoding" in ended.text


def test_unreadable_file(published_shop):
    shop = published_shop
    path = shop.folder / "users.csv"
    good = path.read_text()
    path.unlink()
    path.mkdir()
    try:
        ended = shop.run()
    finally:
        path.rmdir()
        shop.write("users.csv", good)
    assert ended.status == 3, ended.text
    assert "users.csv" in ended.text


def test_a_tolerated_bad_row_and_a_failed_optional_source_do_not_stop_the_night(shop):
    shop.write("deals.csv", DEALS.replace(",500,", ",a lot,"))
    ads = """
[sources.ads]
type = "files"
required = false
time_zone = "Europe/Moscow"
currency = "RUB"
entities.ad_stats.path = "ads.csv"

[sources.ads.entities.ad_stats.columns]
date = "d"
platform = "p"
account_id = "a"
campaign_id = "c"
impressions = "i"
clicks = "k"
spend = "s"
"""
    shop.write(
        "voronka.toml",
        SHOP.replace(
            'currency = "RUB"\n\n[sources.crm.entities.stages]',
            'currency = "RUB"\ntolerance = 0.5\n\n[sources.crm.entities.stages]',
        )
        + ads,
    )
    ended = shop.run()
    assert ended.status == 0, ended.text
    assert "ads.csv" in ended.text
    assert "source ads is optional and failed, what it delivered before is used" in ended.text
    assert query(shop.marts, "select count(*), sum(amount_base) from marts.fct_deal") == [
        (3, pytest.approx(3300.50))
    ]
    ((value, passed),) = query(
        shop.marts,
        """
        select min(value), bool_and(passed) from marts.mart_data_quality
        where entity = 'deals' and check_id like '%quarantine%'
        """,
    )
    assert value == pytest.approx(0.75)
    assert passed


def test_a_company_with_only_calls_gets_its_mart_and_is_told_why_others_are_empty(shop):
    shop.write(
        "calls.csv",
        "id,at,dir,result,who,talk\n"
        "1,2026-03-30 10:00:00,in,answered,u1,90\n"
        "2,2026-03-31 11:00:00,out,answered,u1,30\n",
    )
    head = SHOP.split("[sources.crm]")[0]
    shop.write(
        "voronka.toml",
        head
        + """
[sources.pbx]
type = "files"
time_zone = "Europe/Moscow"
entities.calls.path = "calls.csv"

[sources.pbx.entities.calls.columns]
call_id = "id"
started_at = "at"
direction = "dir"
result = "result"
user_id = "who"
talk_seconds = "talk"
""",
    )
    ended = shop.run()
    assert ended.status == 0, ended.text
    assert query(
        shop.marts,
        "select sum(calls_in), sum(calls_out), sum(talk_seconds) from marts.mart_manager_kpi "
        "where period_grain = 'month'",
    ) == [(1, 1, 120)]
    assert query(shop.marts, "select count(*) from marts.mart_funnel_stage") == [(0,)]
    scores = query(
        shop.marts,
        "select mart, status, score is null, worst_check from marts.mart_completeness "
        "where mart in ('mart_funnel_stage', 'mart_manager_kpi') and date = as_of_date order by 1",
    )
    funnel, manager = scores
    assert funnel == ("mart_funnel_stage", "not applicable", True, "no_source:deals")
    assert manager[0] == "mart_manager_kpi"
    assert manager[1] in ("complete", "incomplete")
    assert not manager[2]
    assert "Not applicable, as no source delivers deals: " in ended.text


def test_a_second_run_of_one_home_is_told_at_once(shop):
    from orchestration.core.home import Home

    home = Home(shop.home)
    home.prepare()
    with home.locked():
        ended = shop.run()
    assert ended.status == 2
    assert "another run is at work" in ended.text
