"""The four real data sets, landed: every figure of their reference, by plain SQL.

The data lies in `shared/data` beside the checkout, or where VORONKA_REAL_DATA says.
"""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from kits.files import Landed
from orchestration.core.home import Home
from orchestration.settings import load_settings
from orchestration.sources.landing import land

CHECKOUT = Path(__file__).parents[2]
DATA = Path(os.environ.get("VORONKA_REAL_DATA", CHECKOUT.parent / "shared" / "data"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data sets are not in {DATA}"),
]


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    """Lands a data set once and asks its raw tables; nothing may lie in quarantine."""
    homes: dict[str, Landed] = {}

    def query(name: str, statement: str) -> list[tuple]:
        if name not in homes:
            homes[name] = _land(name, Home(tmp_path_factory.mktemp(name)))
        return homes[name].query(statement)

    return query


def _land(name: str, home: Home) -> Landed:
    home.prepare()
    settings = load_settings(CHECKOUT / "tests" / "real" / name / "voronka.toml")
    for source, config in settings.sources.items():
        there = config.model_copy(update={"folder": str(DATA / name)})
        loads = land(source, there, home, settings.limits, DATA, settings.business.as_of)
        assert [load for load in loads if load.rows_loaded != load.rows_delivered] == []
    return Landed(home)


def test_maven_deals_by_stage(landed):
    assert landed(
        "maven_crm",
        "select stage_id, count(*), sum(amount) from raw_crm.deals group by 1 order by 1",
    ) == [
        ("engaging", 1589, None),
        ("lost", 2473, 0),
        ("prospecting", 500, None),
        ("won", 4238, 10_005_534),
    ]


def test_maven_cycle_of_won_deals(landed):
    assert landed(
        "maven_crm",
        "select avg(epoch(closed_at - created_at)) / 86400 from raw_crm.deals "
        "where stage_id = 'won'",
    ) == [(pytest.approx(51.782, abs=0.0005),)]


def test_maven_managers(landed):
    assert landed(
        "maven_crm",
        """
        select
            users.team, count(*), count(*) filter (where stage_id = 'won'),
            count(*) filter (where stage_id = 'lost'),
            sum(amount) filter (where stage_id = 'won')
        from raw_crm.deals
        inner join raw_crm.users on deals.owner_id = users.user_id
        group by 1 order by 1
        """,
    ) == [
        ("Cara Losch", 964, 480, 265, 1_130_049),
        ("Celia Rouche", 1296, 610, 352, 1_603_897),
        ("Dustin Brinkmann", 1583, 747, 439, 1_094_363),
        ("Melvin Marxen", 1929, 882, 536, 2_251_930),
        ("Rocco Neubert", 1327, 691, 422, 1_960_545),
        ("Summer Sewald", 1701, 828, 459, 1_964_750),
    ]


def test_maven_months(landed):
    assert landed(
        "maven_crm",
        """
        select
            month(closed_at), count(*) filter (where stage_id = 'won'),
            count(*) filter (where stage_id = 'lost'), sum(amount)
        from raw_crm.deals where closed_at is not null group by 1 order by 1
        """,
    ) == [
        (3, 531, 116, 1_134_672),
        (4, 285, 301, 721_932),
        (5, 438, 367, 1_025_713),
        (6, 531, 110, 1_338_466),
        (7, 308, 319, 696_932),
        (8, 446, 339, 1_050_059),
        (9, 503, 132, 1_235_264),
        (10, 279, 287, 731_980),
        (11, 406, 362, 938_943),
        (12, 511, 140, 1_131_573),
    ]


def test_maven_traps(landed):
    assert landed(
        "maven_crm",
        """
        select
            count(*) filter (where product = 'GTX Pro'),
            count(*) filter (where product = 'GTXPro'),
            count(*) filter (where company_id is null),
            count(distinct owner_id)
        from raw_crm.deals
        """,
    ) == [(1480, 0, 1425, 30)]
    assert landed("maven_crm", "select count(*) from raw_crm.users") == [(35,)]


def test_maven_history(landed):
    assert landed(
        "maven_crm",
        "select to_stage_id, count(*) from raw_crm.stage_events group by 1 order by 1",
    ) == [("engaging", 1589 + 4238 + 2473), ("lost", 2473), ("won", 4238)]


def test_olist_origins(landed):
    assert landed(
        "olist_funnel",
        """
        select channel, count(*), count(deals.lead_id)
        from raw_crm.leads left join raw_crm.deals using (lead_id)
        group by 1 order by 2 desc
        """,
    ) == [
        ("organic_search", 2296, 271),
        ("paid_search", 1586, 195),
        ("social", 1350, 75),
        ("unknown", 1099, 179),
        ("direct_traffic", 499, 56),
        ("email", 493, 15),
        ("referral", 284, 24),
        ("other", 150, 4),
        ("display", 118, 6),
        ("other_publicities", 65, 3),
        (None, 60, 14),
    ]


def test_olist_months_of_first_contact_in_the_zone_of_the_business(landed):
    assert landed(
        "olist_funnel",
        """
        select
            strftime(timezone('America/Sao_Paulo', timezone('UTC', leads.created_at)), '%Y-%m'),
            count(*), count(deals.lead_id)
        from raw_crm.leads left join raw_crm.deals using (lead_id)
        group by 1 order by 1
        """,
    ) == [
        ("2017-06", 4, 0),
        ("2017-07", 239, 2),
        ("2017-08", 386, 9),
        ("2017-09", 312, 7),
        ("2017-10", 416, 14),
        ("2017-11", 445, 18),
        ("2017-12", 200, 11),
        ("2018-01", 1141, 152),
        ("2018-02", 1028, 149),
        ("2018-03", 1174, 167),
        ("2018-04", 1352, 183),
        ("2018-05", 1303, 130),
    ]


def test_olist_traps(landed):
    assert landed(
        "olist_funnel",
        """
        select count(*) filter (where deals.created_at < leads.created_at), max(deals.created_at)
            between timestamp '2018-11-01' and timestamp '2018-11-30'
        from raw_crm.deals inner join raw_crm.leads using (lead_id)
        """,
    ) == [(1, True)]


def test_technion_outcomes(landed):
    assert landed(
        "technion_calls",
        "select result, count(*), sum(talk_seconds) from raw_calls.calls group by 1 order by 1",
    ) == [
        ("abandoned", 1941, 0),
        ("answered", 27162, 4_790_100),
        ("failed", 278, 16_080),
        ("missed", 5904 - 1941, 6_837),
    ]


def test_technion_agents(landed):
    assert landed("technion_calls", "select count(*) from raw_calls.users") == [(24,)]
    assert landed(
        "technion_calls",
        "select count(*), sum(talk_seconds) from raw_calls.calls where user_id = 'IDIT'",
    ) == [(1957, 239_833)]


def test_technion_ids_and_clocks(landed):
    """The line makes an id unique; a call that crosses midnight ends on the next day."""
    assert landed(
        "technion_calls",
        """
        select
            count(*), count(distinct call_id), count(distinct split_part(call_id, '-', 2)),
            count(*) filter (where answered_at < started_at or ended_at < answered_at),
            count(*) filter (where epoch(ended_at - answered_at) <> talk_seconds)
        from raw_calls.calls
        """,
    ) == [(33344, 33344, 15516, 0, 0)]
    assert landed(
        "technion_calls",
        """
        select started_at::varchar, ended_at::varchar from raw_calls.calls
        where call_id = 'AA0102-31056'
        """,
    ) == [("1999-02-15 21:59:54", "1999-02-15 22:01:33")]


def test_kag_totals(landed):
    assert landed(
        "kag_ads",
        """
        select
            count(*), count(distinct date), sum(impressions), sum(clicks), round(sum(spend), 2),
            sum(conversions)
        from raw_ads.ad_stats
        """,
    ) == [(1143, 31, 213_434_828, 38_165, Decimal("58705.23"), 3264)]


def test_kag_campaigns(landed):
    rows = landed(
        "kag_ads",
        "select campaign_id, round(sum(spend), 2)::varchar, sum(conversions) "
        "from raw_ads.ad_stats group by 1 order by sum(spend)",
    )
    assert rows == [("916", "149.71", 58), ("936", "2893.37", 537), ("1178", "55662.15", 2669)]
