"""Bad input from the command line: one sentence, the right status, what was published untouched."""

from pathlib import Path

import pytest

from kits.published import fingerprints, query
from kits.shop import DEALS, SHOP, Company, Ended

pytestmark = pytest.mark.long


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


# By exit status, what is broken: the file that is delivered, None where there is none, and what the
# sentence has to name beside the file. Each is broken in a source of its own; the landing and the
# gates of each by itself are tested where they are at home.
BAD = {
    3: {
        "missing": (None, []),
        "empty": ("", []),
        "encoding": (DEALS.replace("u1", "Анна").encode("cp1251"), ["encoding"]),
        "folder": (Path(), []),
    },
    2: {"column": (DEALS.replace("stage", "phase", 1), ["stage"])},
    1: {
        "required": (DEALS.replace("02.03.2026 10:00", "", 1), ["created_at"]),
        "date": (
            DEALS.replace("02.03.2026 10:00", "32.13.2026 10:00", 1),
            ["created_at", "32.13.2026 10:00"],
        ),
        "number": (DEALS.replace(",500,", ",a lot,"), ["amount", "a lot"]),
        "twice": (DEALS.replace("\n2,", "\n1,"), ["deal_id", "1"]),
        "stage": (DEALS.replace("talk", "sleep"), ["stage_id", "sleep"]),
        "currency": (DEALS.replace("500,RUB", "500,ZZZ"), ["currency", "ZZZ"]),
        "rate": (DEALS.replace("500,RUB", "500,USD"), ["USD", "rate"]),
    },
}


def deliver(shop: Company, name: str, file: str | bytes | Path | None) -> str:
    """Write the file of a source like the shop's own; the part of the config that reads it."""
    path = shop.folder / f"{name}.csv"
    match file:
        case str():
            path.write_text(file)
        case bytes():
            path.write_bytes(file)
        case Path():
            path.mkdir()
    _, source = SHOP.split("[sources.crm]")
    source = f"\n[sources.crm]{source}".replace("sources.crm", f"sources.{name}")
    return source.replace("deals.csv", path.name).replace('"p"', f'"{name}"')


@pytest.fixture(scope="module")
def nights(published_shop: Company) -> dict[int, Ended]:
    """By status, the night on which all that ends with it is broken; what was published stays."""
    ended = {}
    for status, broken in BAD.items():
        files = (deliver(published_shop, name, file) for name, (file, _) in broken.items())
        published_shop.write("voronka.toml", SHOP + "".join(files))
        before = fingerprints(published_shop.marts)
        ended[status] = published_shop.run()
        assert fingerprints(published_shop.marts) == before
    published_shop.write("voronka.toml", SHOP)
    return ended


@pytest.mark.parametrize(
    "status, name", [(status, name) for status, broken in BAD.items() for name in broken]
)
def test_bad_input(nights: dict[int, Ended], status: int, name: str):
    ended, (_, words) = nights[status], BAD[status][name]
    assert ended.status == status, ended.text
    assert "Traceback" not in ended.text
    sentences = [line for line in ended.text.splitlines() if line.startswith("✗ ")]
    about = [part for line in sentences for part in line.split("; ") if f"{name}.csv" in part]
    assert any(all(word in part for word in words) for part in about), ended.text


def test_a_misspelt_key(published_shop: Company):
    before = fingerprints(published_shop.marts)
    published_shop.write("voronka.toml", SHOP.replace("base_currency", "base_curency"))
    ended = published_shop.run()
    published_shop.write("voronka.toml", SHOP)
    assert ended.status == 2, ended.text
    for word in ("voronka.toml", "base_curency", "base_currency"):
        assert word in ended.text
    assert "Traceback" not in ended.text
    assert fingerprints(published_shop.marts) == before


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


def test_a_company_with_only_calls_gets_its_mart_and_a_warning_for_the_others(shop):
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


def test_a_second_run_of_a_home_fails_at_once(shop):
    from orchestration.core.home import Home

    home = Home(shop.home)
    home.prepare()
    with home.locked():
        ended = shop.run()
    assert ended.status == 2
    assert "another run is active" in ended.text
