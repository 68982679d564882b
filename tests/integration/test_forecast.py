"""The forecast of the demo company: learned rates by another library, counted again, and judged."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from statsmodels.duration.survfunc import CumIncidenceRight

BANDS = (0, 3, 7, 14, 30, 60, 120)
# The company, its two departments and what no department sells, the orders of its shops.
SCOPES = """
    kpi_id = 'revenue' and period_grain = 'month' and workdays_left between 1 and 30
    and scope_type in ('company', 'department')
"""


@pytest.fixture(scope="module")
def stays(warehouse) -> pd.DataFrame:
    """Stays in open stages of deals, with the first close after them, from the star."""
    return warehouse.sql(
        """
        with visits as (
            select
                visit.deal_id, visit.pipeline_id, visit.stage_id, visit.visit_no,
                timezone('Europe/Moscow', timezone('UTC', visit.entered_at))::date as entered_on,
                timezone('Europe/Moscow', timezone('UTC', visit.exited_at))::date as left_on,
                stage.semantics, deal.status
            from marts.fct_deal_stage_visit as visit
            inner join marts.fct_deal as deal using (deal_id)
            left join marts.dim_stage as stage
                on visit.pipeline_id = stage.pipeline_id and visit.stage_id = stage.stage_id
            where not deal.is_test and deal.has_history
        )
        select
            stay.* exclude (semantics),
            coalesce(
                (select min(entered_on) from visits as later where later.deal_id = stay.deal_id
                    and later.visit_no > stay.visit_no and later.semantics <> 'open'),
                case when stay.status <> 'open' then (select last(left_on order by visit_no)
                    from visits as later where later.deal_id = stay.deal_id) end
            ) as closed_on,
            coalesce(
                (select first(semantics order by visit_no) from visits as later
                    where later.deal_id = stay.deal_id and later.visit_no > stay.visit_no
                    and later.semantics <> 'open'),
                stay.status
            ) as outcome
        from visits as stay where semantics = 'open'
        """
    ).df()


@pytest.mark.parametrize(
    ("pipeline_id", "stage_id", "band"),
    [
        ("b2c", "b2c_talk", 0),
        ("b2c", "b2c_offer", 3),
        ("b2b", "b2b_demo", 7),
        ("b2b", "b2b_proposal", 14),
    ],
)
@pytest.mark.parametrize("learned_on", ["2025-03-01", "2026-06-01"])
def test_statsmodels_finds_the_same_incidence(
    warehouse, stays, pipeline_id, stage_id, band, learned_on
):
    learned_on = pd.Timestamp(learned_on)
    rows = stays.query("pipeline_id == @pipeline_id and stage_id == @stage_id").copy()
    rows["landmark"] = rows["entered_on"] + pd.Timedelta(days=band)
    rows = rows[rows["left_on"].isna() | (rows["left_on"] > rows["landmark"])]
    since = learned_on - pd.DateOffset(months=24)
    rows = rows[(rows["landmark"] >= since) & (rows["landmark"] < learned_on)]
    is_closed = rows["closed_on"] < learned_on
    end = rows["closed_on"].where(is_closed, learned_on - pd.Timedelta(days=1))
    days = (end - rows["landmark"]).dt.days.to_numpy()
    status = np.where(is_closed, np.where(rows["outcome"] == "lost", 2, 1), 0)
    # It leaves out what ends at once: half a day later comes before the next day.
    found = CumIncidenceRight(days + 0.5, status)
    expected = [
        max([0.0, *found.cinc[0][found.times <= horizon + 0.5]]) for horizon in (5, 20, 365)
    ]
    learned = warehouse.execute(
        """
        select incidence from intermediate.int_forecast__learned
        where level = 'stage' and learned_on = $1 and pipeline_id = $2 and stage_id = $3
            and stage_band = $4 and days in (5, 20, 365) order by days
        """,
        [learned_on, pipeline_id, stage_id, str(band)],
    ).fetchall()
    assert len(rows) > 20
    np.testing.assert_allclose([row[0] for row in learned], expected, atol=1e-9)


@pytest.mark.parametrize("day", ["2025-02-14", "2025-11-28", "2026-06-15"])
def test_open_deals_are_counted_the_same_by_pandas(warehouse, stays, day):
    """Who stands where at the end of a day, times the learned chances."""
    date = pd.Timestamp(day)
    standing = stays[
        (stays["entered_on"] <= date) & (stays["left_on"].isna() | (stays["left_on"] > date))
    ]
    days = (date - standing["entered_on"]).dt.days.to_numpy()
    band = np.array(BANDS)[np.searchsorted(BANDS, days, side="right") - 1]
    deals = warehouse.sql(
        "select deal_id, coalesce(segment, 'unknown') as segment"
        " from marts.fct_deal left join marts.dim_customer using (customer_id)"
    ).df()
    cells = standing.assign(stage_band=band.astype(str)).merge(deals, on="deal_id")
    month_end = date + pd.offsets.MonthEnd(0)
    chances = warehouse.execute(
        "from intermediate.int_forecast__incidence where learned_on = $1 and horizon_days = $2",
        [date.replace(day=1), (month_end - date).days],
    ).df()
    # No win is known of deals that stand longer than any that was won by then.
    learned = stays[(stays["closed_on"] < date.replace(day=1)) & (stays["outcome"] == "won")]
    stood = (learned["left_on"] - learned["entered_on"]).dt.days
    longest = stood.groupby(learned["pipeline_id"]).max()
    cells = cells[days <= cells["pipeline_id"].map(longest).to_numpy()]
    keys = ["pipeline_id", "stage_id", "stage_band", "segment"]
    expected = cells.merge(chances, on=keys)["win_probability"]
    unknown = warehouse.execute(
        "select count(*) from marts.fct_deal where not has_history and not is_test"
        " and created_at < $1",
        [date],
    ).fetchone()[0]
    assert len(expected) == len(cells)
    (won,) = warehouse.execute(
        "select open_won from intermediate.int_forecast__scopes"
        " where date = $1 and period_grain = 'month' and scope_type = 'company'",
        [date],
    ).fetchone()
    # Deals without history are not among the stays: each adds a chance at the most.
    assert expected.sum() - 1e-9 <= won <= expected.sum() + unknown


def test_forecasts_are_never_below_what_is_won(warehouse):
    below, outside, many = warehouse.sql(
        """
        select
            count(*) filter (forecast < fact and not is_over),
            count(*) filter (forecast not between forecast_low - 0.01 and forecast_high + 0.01),
            count(forecast)
        from marts.mart_plan_forecast where kpi_id <> 'average_check'
        """
    ).fetchone()
    assert (below, outside) == (0, 0)
    assert many > 1000


def test_the_forecast_of_the_last_day_is_the_fact(warehouse):
    different, many = warehouse.sql(
        """
        select
            count(*) filter (
                abs(forecast - fact) > 0.01 or forecast_low <> forecast or forecast_high <> forecast
                or (forecast is null) <> (fact is null)
            ),
            count(forecast)
        from marts.mart_plan_forecast where forecast_on = period_end
        """
    ).fetchone()
    assert different == 0
    assert many > 50


@pytest.mark.parametrize("scope_type", ["manager", "team", "department"])
def test_expected_wins_add_up_to_the_company(warehouse, scope_type):
    different, days = warehouse.execute(
        """
        with parts as (
            select date, period_grain, sum(open_won + new_won) as won,
                sum(won_count_fact) as fact
            from intermediate.int_forecast__scopes where scope_type = $1 group by all
        )
        select count(*) filter (
            abs(parts.won - company.open_won - company.new_won) > 1e-6
            or parts.fact <> company.won_count_fact
        ), count(*)
        from parts inner join intermediate.int_forecast__scopes as company
            using (date, period_grain)
        where company.scope_type = 'company'
        """,
        [scope_type],
    ).fetchone()
    assert days > 1000
    assert different == 0


def test_the_interval_of_every_scope_holds_four_facts_of_five(published_marts):
    coverage = dict(
        published_marts.sql(
            f"""
            select scope_id, sum(interval_coverage * forecasts_count) / sum(forecasts_count)
            from mart_forecast_accuracy where method = 'shown' and {SCOPES} group by scope_id
            """
        ).fetchall()
    )
    (months,) = published_marts.sql(
        "select count(*) from mart_plan_forecast where is_over and kpi_id = 'revenue'"
        " and scope_type = 'company' and period_grain = 'month' and forecast is not null"
    ).fetchone()
    assert len(coverage) == 4
    assert months >= 24
    assert all(0.75 <= share <= 0.85 for share in coverage.values()), coverage


def test_pandas_finds_the_same_spread_of_each_scope(warehouse):
    """Errors of a scope beside those of all of them, period by period."""
    days = warehouse.sql(
        "from intermediate.int_forecast__methods where scope_type <> 'manager' and sd > 0"
        " and final is not null"
    ).df()
    days["error"] = (
        ((days["final"] - days["expected_forecast"]).abs() / days["sd"]).clip(upper=10).round(1)
    )
    group = ["kpi_id", "period_grain", "workdays_band"]
    learned = warehouse.sql(
        "from intermediate.int_forecast__spreads where period_start in"
        " (date '2025-01-01', date '2026-04-01')"
    ).df()
    assert len(learned) > 1000
    errors = dict(list(days.groupby(group)))
    expected = []
    for row in learned.itertuples():
        rows = errors.get((row.kpi_id, row.period_grain, row.workdays_band), days.iloc[:0])
        rows = rows[rows["period_start"] < row.period_start]
        own = rows[(rows["scope_type"] == row.scope_type) & (rows["scope_id"] == row.scope_id)]
        periods = own["period_start"].nunique()
        ratio = own["error"].mean() / rows["error"].mean() if periods else 1
        expected.append((periods * ratio + 12) / (periods + 12))
    np.testing.assert_allclose(learned["spread_factor"], expected, atol=2e-3)


def test_the_shown_forecast_beats_run_rate_and_crm_at_every_distance(published_marts):
    rows = published_marts.sql(
        f"""
        select workdays_left,
            sum(wape * fact_total) / sum(fact_total) as shown,
            sum(naive_wape * fact_total) / sum(fact_total) as naive,
            sum(crm_wape * fact_total) / sum(fact_total) as crm
        from mart_forecast_accuracy
        where method = 'shown' and {SCOPES} and workdays_left <= 15
        group by workdays_left order by workdays_left
        """
    ).df()
    assert list(rows["workdays_left"]) == list(range(1, 16))
    assert rows.query("shown >= naive or shown >= crm").empty


@pytest.fixture(scope="module")
def chances(warehouse) -> pd.DataFrame:
    """The chance by the interval to meet each plan of a past period, day by day, and the corrected
    one: recounted over the plans of the periods before."""
    days = warehouse.sql(
        """
        select day.*, error.method, z_low, z_middle, z_high, cast(mart.plan as double) as plan,
            day.sd * coalesce(spread.spread_factor, 1) as deviation
        from intermediate.int_forecast__methods as day
        inner join intermediate.int_forecast__errors as error
            on day.kpi_id = error.kpi_id and day.period_grain = error.period_grain
            and day.period_start = error.period_start and day.workdays_band = error.workdays_band
            and (day.scope_type = 'manager') = error.is_of_manager
        left join intermediate.int_forecast__spreads as spread
            on day.kpi_id = spread.kpi_id and day.scope_type = spread.scope_type
            and day.scope_id = spread.scope_id and day.period_grain = spread.period_grain
            and day.period_start = spread.period_start
            and day.workdays_band = spread.workdays_band
        inner join marts.mart_plan_forecast as mart
            on day.kpi_id = mart.kpi_id and day.scope_type = mart.scope_type
            and day.scope_id = mart.scope_id and day.period_grain = mart.period_grain
            and day.period_start = mart.period_start
        where mart.plan > 0 and final is not null and workdays_left > 0
        """
    ).df()
    shown = days["expected_forecast"]
    for method in ("run_rate", "seasonal", "crm"):
        other = days[f"{method}_forecast"].where(days["method"] == method)
        shown = other.fillna(shown)
    middle = shown + days["z_middle"] * days["deviation"]
    above = days["plan"] >= middle
    width = np.where(
        above, days["z_high"] - days["z_middle"], days["z_middle"] - days["z_low"]
    ) * days["deviation"].replace(0, np.nan)
    days["chance"] = norm.sf(1.2815516 * (days["plan"] - middle) / width)
    is_met = (days["kpi_id"] != "average_check") & (days["plan"] <= days["fact"])
    days = days[(width > 0) & ~is_met & days["chance"].between(0.001, 0.999)].copy()
    days["met"] = (days["final"] >= days["plan"]).astype(float)
    days["is_of_manager"] = days["scope_type"] == "manager"
    days["chance_band"] = np.minimum(4, (5 * days["chance"]).astype(int))

    group = ["kpi_id", "is_of_manager", "period_grain", "chance_band"]
    cases = days.groupby([*group, "period_start", "scope_type", "scope_id"])[["chance", "met"]]
    counted = cases.mean().groupby([*group, "period_start"]).agg(["sum", "size"])
    factors = {}
    for keys, rows in counted.groupby(level=group):
        for month in sorted(days["period_start"].unique()):
            earlier = rows[rows.index.get_level_values("period_start") < month].sum()
            count, expected = earlier["chance", "size"], earlier["chance", "sum"]
            usual = expected / count if count else 0.5
            odds = (earlier["met", "sum"] + 20 * usual) / (
                count - earlier["met", "sum"] + 20 * (1 - usual)
            )
            factors[(*keys, month)] = odds / (usual / (1 - usual))
    keys = [*group, "period_start"]
    days["factor"] = [factors[key] for key in days[keys].itertuples(index=False, name=None)]
    odds = days["chance"] / (1 - days["chance"]) * days["factor"]
    return days.assign(corrected=odds / (1 + odds))


def test_chances_learn_from_the_plans_of_the_periods_before(warehouse, chances):
    keys = ["kpi_id", "is_of_manager", "period_grain", "chance_band", "period_start"]
    learned = warehouse.sql("from intermediate.int_forecast__chances").df().set_index(keys)
    recounted = chances.groupby(keys)["factor"].first()
    assert len(recounted) > 300
    np.testing.assert_allclose(
        learned["odds_factor"].reindex(recounted.index), recounted, atol=2e-4
    )

    mart = warehouse.sql(
        "select kpi_id, scope_type, scope_id, period_grain, period_start, forecast_on,"
        " plan_probability from marts.mart_plan_forecast where is_over and plan > 0"
    ).df()
    both = mart.merge(chances, on=[*mart.columns[:-1]])
    assert len(both) > 500
    np.testing.assert_allclose(both["plan_probability"], both["corrected"], atol=2e-4)


def test_corrected_chances_of_managers_are_nearer_to_what_was_met(chances):
    revenue = chances.query("kpi_id == 'revenue' and is_of_manager and period_grain == 'month'")
    later = revenue[revenue["period_start"] >= pd.Timestamp("2024-10-01")]
    raw, corrected = (
        ((later[name] - later["met"]) ** 2).mean() for name in ("chance", "corrected")
    )
    assert corrected < raw
    by_raw, by_corrected = (
        later[later[name].between(0.4, 0.6)] for name in ("chance", "corrected")
    )
    too_high = [
        by_raw["chance"].mean() - by_raw["met"].mean(),
        by_corrected["corrected"].mean() - by_corrected["met"].mean(),
    ]
    assert abs(too_high[1]) < abs(too_high[0])
