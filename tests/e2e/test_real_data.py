"""Real data sets through the whole night: the published marts give their reference figures.

The data is no part of the project. It is looked for in the folder that VORONKA_REAL_DATA names, or
in `../shared/data` beside the checkout; the README there has the figures and where they come from.
"""

import os
from pathlib import Path

import pytest

from kits.published import query
from kits.shop import Company

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("VORONKA_REAL_DATA", ROOT.parent / "shared" / "data"))

pytestmark = [
    pytest.mark.long,
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data sets are not in {DATA}"),
]


def _published(tmp_path_factory, name: str) -> Path:
    company = Company(tmp_path_factory.mktemp(name))
    config = (ROOT / "tests" / "real" / name / "voronka.toml").read_text()
    lines = [
        f'folder = "{DATA / name}"' if line.startswith("folder = ") else line
        for line in config.splitlines()
    ]
    company.write("voronka.toml", "\n".join(lines))
    ended = company.run()
    assert ended.status == 0, ended.text
    return company.marts


@pytest.fixture(scope="module")
def maven(tmp_path_factory) -> Path:
    return _published(tmp_path_factory, "maven_crm")


@pytest.fixture(scope="module")
def olist(tmp_path_factory) -> Path:
    return _published(tmp_path_factory, "olist_funnel")


@pytest.fixture(scope="module")
def technion(tmp_path_factory) -> Path:
    return _published(tmp_path_factory, "technion_calls")


@pytest.fixture(scope="module")
def kag(tmp_path_factory) -> Path:
    return _published(tmp_path_factory, "kag_ads")


def test_maven_by_manager(maven):
    rows = query(
        maven,
        """
        select team, sum(deals_created), sum(won_count), sum(lost_count), sum(revenue)
        from marts.mart_manager_kpi where period_grain = 'month' group by team order by team
        """,
    )
    assert rows == [
        ("Cara Losch", 964, 480, 265, 1_130_049),
        ("Celia Rouche", 1296, 610, 352, 1_603_897),
        ("Dustin Brinkmann", 1583, 747, 439, 1_094_363),
        ("Melvin Marxen", 1929, 882, 536, 2_251_930),
        ("Rocco Neubert", 1327, 691, 422, 1_960_545),
        ("Summer Sewald", 1701, 828, 459, 1_964_750),
    ]


def test_maven_by_close_month(maven):
    rows = query(
        maven,
        """
        select month(period_start), sum(won_count), sum(lost_count), sum(revenue)
        from marts.mart_manager_kpi
        where period_grain = 'month' and period_start >= '2017-03-01' and won_count > 0
            or period_grain = 'month' and lost_count > 0
        group by 1 order by 1
        """,
    )
    assert rows == [
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


def test_maven_funnel_and_cycle(maven):
    stages = query(
        maven,
        """
        select stage_name, reached_count, advanced_count, lost_here_count, open_here_count
        from marts.mart_funnel_stage
        where cohort_grain = 'all' and slice_type = 'all' and mode = 'implied'
        order by stage_order
        """,
    )
    # Lost deals were engaged: Engaging is reached by all but those still in Prospecting.
    assert stages == [
        ("Prospecting", 8800, 8300, 0, 500),
        ("Engaging", 8300, 4238, 2473, 1589),
        ("Won", 4238, 0, 0, 4238),
    ]
    assert query(
        maven,
        """
        select round(avg(date_diff('second', created_at, won_at)) / 86400, 3), sum(amount_base)
        from marts.fct_deal where status = 'won'
        """,
    ) == [(51.782, 10_005_534)]


def test_maven_is_forecast_about_as_well_as_by_its_run_rate(maven):
    """The figures of docs/forecast.md, in per cent: the run rate is shown from the first win on."""
    rows = query(
        maven,
        """
        select
            case
                when workdays_left <= 2 then 1 when workdays_left <= 5 then 3
                when workdays_left <= 10 then 6 when workdays_left <= 15 then 11 else 16
            end as first,
            round(100 * sum(absolute_error) filter (method = 'shown')
                / sum(fact_total) filter (method = 'shown'), 1)::double,
            round(100 * sum(absolute_error) filter (method = 'expected')
                / sum(fact_total) filter (method = 'expected'), 1)::double,
            round(100 * sum(absolute_error) filter (method = 'run_rate')
                / sum(fact_total) filter (method = 'run_rate'), 1)::double
        from marts.mart_forecast_accuracy
        where kpi_id = 'revenue' and period_grain = 'month' and workdays_left > 0
            and scope_type in ('company', 'department')
        group by all order by first
        """,
    )
    assert rows == [
        (1, 4.4, 4.2, 4.1),
        (3, 5.1, 9.1, 5.1),
        (6, 6.9, 16.1, 6.9),
        (11, 10.9, 24.8, 10.9),
        (16, 29.1, 35.5, 29.1),
    ]


def test_maven_keeps_the_product_that_is_spelt_otherwise(maven):
    assert query(maven, "select count(*) from marts.fct_deal") == [(8800,)]


ORIGINS = [
    ("direct", 499, 56),
    ("display", 118, 6),
    ("email", 493, 15),
    ("organic_search", 2296, 271),
    ("other", 150, 4),
    ("other_publicities", 65, 3),
    ("paid_search", 1586, 195),
    ("referral", 284, 24),
    ("social", 1350, 75),
    ("unattributed", 60, 14),
    ("unknown", 1099, 179),
]


def test_olist_by_origin(olist):
    """`unattributed` are the 60 leads whose origin is missing: not the same as `unknown`. The
    data calls `direct` direct_traffic."""
    rows = query(
        olist,
        """
        select
            slice_value,
            max(reached_count) filter (where stage_id = 'new'),
            max(reached_count) filter (where stage_id = 'customer')
        from marts.mart_funnel_stage
        where pipeline_id = 'leads' and slice_type = 'channel'
            and cohort_grain = 'all' and mode = 'implied'
        group by 1 order by 1
        """,
    )
    assert rows == ORIGINS
    leads = query(
        olist,
        "select channel, sum(leads) from marts.mart_channel_conversion "
        "group by 1 having sum(leads) > 0 order by 1",
    )
    assert leads == [(channel, count) for channel, count, _ in ORIGINS]
    assert query(olist, "select sum(won) from marts.mart_channel_conversion") == [(842,)]


def test_olist_by_month_of_first_contact(olist):
    rows = query(
        olist,
        """
        select
            strftime(cohort_start, '%Y-%m'),
            max(reached_count) filter (where stage_id = 'new'),
            max(reached_count) filter (where stage_id = 'customer')
        from marts.mart_funnel_stage
        where pipeline_id = 'leads' and slice_type = 'all'
            and cohort_grain = 'month' and mode = 'implied'
        group by 1 order by 1
        """,
    )
    assert rows == [
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


def test_technion_by_outcome(technion):
    """Of the 5,904 that hung up, those who never reached the queue are no missed calls."""
    rows = dict(query(technion, "select status, count(*) from marts.fct_call group by 1"))
    assert rows["answered"] == 27_162
    assert rows["missed"] + rows["abandoned_short"] == 5_904
    assert rows["failed"] == 278
    assert sum(rows.values()) == 33_344
    assert query(technion, "select count(distinct call_id) from marts.fct_call") == [(33_344,)]


def test_technion_by_agent(technion):
    total = query(
        technion,
        """
        select sum(calls_in_answered), sum(talk_seconds), count(distinct manager_id)
        from marts.mart_manager_kpi where period_grain = 'month'
        """,
    )
    # 24 agents and `unassigned`: the log's own NO_SERVER and the calls nobody took.
    assert total == [(27_162, 4_790_100, 25)]
    assert query(
        technion,
        """
        select sum(calls_in_answered), sum(talk_seconds)
        from marts.mart_manager_kpi where period_grain = 'month' and manager_id = 'IDIT'
        """,
    ) == [(1_957, 239_833)]


def test_kag_by_campaign(kag):
    rows = query(
        kag,
        """
        select campaign_id, round(sum(spend), 2), sum(platform_conversions)
        from marts.fct_ad_spend group by 1 order by sum(spend)
        """,
    )
    assert [(campaign, float(spend), int(enquiries)) for campaign, spend, enquiries in rows] == [
        ("916", 149.71, 58),
        ("936", 2_893.37, 537),
        ("1178", 55_662.15, 2_669),
    ]
    total = query(
        kag,
        """
        select sum(impressions), sum(clicks), sum(spend), count(distinct date)
        from marts.mart_channel_conversion
        """,
    )
    assert [(shown, clicks, float(spend), days) for shown, clicks, spend, days in total] == [
        (213_434_828, 38_165, 58_705.23, 31)
    ]
    by_campaign = query(
        kag,
        "select campaign_id, sum(spend) from marts.mart_channel_conversion group by 1 order by 2",
    )
    assert [(campaign, float(spend)) for campaign, spend in by_campaign] == [
        ("916", 149.71),
        ("936", 2_893.37),
        ("1178", 55_662.15),
    ]


def test_a_company_with_only_ads_is_warned_why_other_marts_are_empty(kag):
    assert query(kag, "select count(*) from marts.mart_manager_kpi") == [(0,)]
    found = query(
        kag,
        """
        select distinct mart, status, score is null, worst_check from marts.mart_completeness
        where mart in ('mart_manager_kpi', 'mart_channel_conversion') and date = as_of_date
        order by mart
        """,
    )
    conversion, manager = found
    assert conversion[1:3] != ("not applicable", True)
    assert manager == ("mart_manager_kpi", "not applicable", True, "no_source:deals")
