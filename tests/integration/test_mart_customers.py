"""The marts of customers, computed a second time in pandas from the facts of the demo company."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import false_discovery_control

from kits.models import make

ZONE, AS_OF = "Europe/Moscow", pd.Timestamp("2026-06-30")
LINES_BOUGHT = """
    select deal_id, coalesce(segment, 'unknown') as segment,
        coalesce(category, 'unknown') as category,
        cast(line.quantity - line.returned_quantity as double) as units
    from marts.fct_order_line as line join marts.fct_order using (source, order_id)
    left join marts.dim_product using (product_id)
    join marts.fct_deal as deal using (deal_id)
    join marts.dim_customer on deal.customer_id = dim_customer.customer_id
    where line.revenue_base > line.returned_amount_base
"""
SCORES = {"r_score": "last_on", "m_score": "monetary_365"}


def business_time(times: pd.Series) -> pd.Series:
    return times.dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)


@pytest.fixture(scope="module")
def bought(warehouse) -> pd.DataFrame:
    """The won deals, with what the landed rows say of their cost."""
    rows = warehouse.sql(
        """
        select deal.deal_id, deal.customer_id, deal.lead_id, deal.won_at,
            cast(amount_base as double) as amount, coalesce(segment, 'unknown') as segment,
            amount_base / nullif(deal.amount, 0) as rate,
            cast(coalesce(landed.cost, made.cost - made.returned_cost) as double) as cost
        from marts.fct_deal as deal
        left join landing.deals as landed using (deal_id)
        left join (from marts.fct_order where is_deal_made) as made using (deal_id)
        join marts.dim_customer on deal.customer_id = dim_customer.customer_id
        where deal.status = 'won' and not deal.is_test and deal.won_at is not null
        """
    ).df()
    rows["profit"] = rows["amount"] - rows["cost"] * rows["rate"].fillna(1)
    return rows.assign(day=business_time(rows["won_at"]).dt.normalize())


@pytest.fixture(scope="module")
def customers(warehouse) -> pd.DataFrame:
    return warehouse.sql("from marts.mart_customer_360").df().set_index("customer_id").sort_index()


@pytest.fixture(scope="module")
def buyers(customers) -> pd.DataFrame:
    return customers[customers["won_count"] > 0]


def test_every_customer_has_one_row(warehouse, customers, bought):
    everybody = warehouse.sql("select customer_id from marts.dim_customer where not is_test").df()[
        "customer_id"
    ]
    assert customers.index.tolist() == sorted(everybody)
    assert (customers["won_count"] > 0).sum() == bought["customer_id"].nunique() > 1000


def test_recency_frequency_amount(buyers, bought):
    by_customer = bought.groupby("customer_id")
    recent = bought[AS_OF - bought["day"] < pd.Timedelta(days=365)].groupby("customer_id")
    expected = pd.DataFrame(
        {
            "last_on": by_customer["day"].max(),
            "won_count": by_customer.size(),
            "revenue": by_customer["amount"].sum(),
            "frequency_365": recent.size(),
            "monetary_365": recent["amount"].sum(),
        }
    ).fillna(0)
    assert buyers["recency_days"].tolist() == (AS_OF - expected["last_on"]).dt.days.tolist()
    for column in ("won_count", "frequency_365", "monetary_365", "revenue"):
        seen = buyers[column].astype(float)
        np.testing.assert_allclose(seen, expected[column], atol=0.02)
    # The rank of the first of equal values, from 0 to 1.
    for score, column in SCORES.items():
        rank = (expected[column].rank(method="min") - 1) / (len(expected) - 1)
        assert buyers[score].tolist() == np.minimum(5, 1 + np.floor(5 * rank)).tolist()
    steps = np.searchsorted([2, 3, 4, 6], expected["frequency_365"], side="right")
    assert buyers["f_score"].tolist() == (1 + steps).tolist()


def test_names_of_groups(buyers, bought):
    """Who bought on one day is not loyal, and who is likely to go is none of the best."""
    days = bought.groupby("customer_id")["day"].nunique()
    groups = buyers["rfm_segment"]
    assert set(groups) == {
        *("champions", "loyal", "at_risk", "promising", "needs_attention", "hibernating"),
    }
    best = buyers[groups.isin(["champions", "loyal"])]
    assert len(best) > 100 and days[best.index].min() > 1
    assert best["frequency_365"].min() > 1 and "high" not in set(best["churn_risk"])
    assert (days[buyers.index[groups == "promising"]] == 1).mean() > 0.95
    assert buyers[groups == "champions"]["recency_days"].median() < 60


def test_rhythm_of_orders(buyers, bought):
    days = bought[["customer_id", "day"]].drop_duplicates().sort_values(["customer_id", "day"])
    days["gap"] = days.groupby("customer_id")["day"].diff().dt.days
    gaps = days.dropna().groupby("customer_id")["gap"]
    regular = buyers[gaps.size().reindex(buyers.index, fill_value=0) >= 2]
    assert len(regular) > 100
    assert buyers["order_interval_median_days"].notna().sum() == len(regular)
    median = gaps.median()[regular.index]
    np.testing.assert_allclose(regular["order_interval_median_days"], median)
    np.testing.assert_allclose(regular["overdue_ratio"], regular["recency_days"] / median)
    last = days.groupby("customer_id")["day"].max()[regular.index]
    expected_on = pd.to_datetime(regular["next_order_expected_on"])
    # A half is rounded up here, to the even day by pandas.
    assert ((expected_on - last).dt.days - median).abs().max() <= 0.5
    assert (regular["next_order_low_on"] <= regular["next_order_expected_on"]).all()
    assert (regular["next_order_expected_on"] <= regular["next_order_high_on"]).all()
    many = regular[gaps.size()[regular.index] >= 6]
    assert buyers["overdue_p_value"].notna().sum() == len(many) > 30
    logs = np.log(days.dropna().set_index("customer_id")["gap"]).groupby("customer_id")
    count = gaps.size()[many.index]
    spread = np.maximum(logs.std()[many.index], np.log(1 + 1 / median[many.index]))
    late = (np.log(many["recency_days"].clip(lower=1)) - logs.mean()[many.index]) / spread
    exact = stats.t.sf(late / np.sqrt(1 + 1 / count), count - 1)
    # The law is approximated; of very small chances to the safe side.
    ratio, small = many["overdue_p_value"] / exact, exact < 1e-3
    assert ratio[~small].between(0.95, 1.05).all()
    assert ratio[small].between(1, 2).all() and small.sum() > 2
    many = regular[gaps.size()[regular.index] >= 4]
    for side, share in {"low": 0.25, "high": 0.75}.items():
        own = gaps.quantile(share)[many.index]
        seen = (pd.to_datetime(many[f"next_order_{side}_on"]) - last[many.index]).dt.days
        assert (seen - own).abs().max() <= 0.5


def test_contacts_and_when_a_client_is_there(warehouse, customers):
    calls = warehouse.sql(
        "select customer_id, 'call' as channel, started_at as moment, direction, status"
        " from marts.fct_call where not is_test and (status = 'answered' or direction = 'in')"
    ).df()
    messages = warehouse.sql(
        "select customer_id, channel, sent_at as moment, direction from marts.fct_message"
        " where not is_automatic"
    ).df()
    talks = pd.concat([calls, messages]).dropna(subset="customer_id")
    talks["time"] = business_time(talks["moment"])
    spoken = talks[(talks["channel"] != "call") | (talks["status"] == "answered")]
    recent = spoken[AS_OF - spoken["time"].dt.normalize() < pd.Timedelta(days=90)]
    counted = recent.groupby("customer_id").size().reindex(customers.index, fill_value=0)
    assert customers["contacts_90"].tolist() == counted.tolist()

    there = talks[(talks["channel"] == "call") | (talks["direction"] == "in")]
    there = there.assign(weekday=there["time"].dt.day_of_week + 1, hour=there["time"].dt.hour)
    # A manager who calls says nothing of how the client likes to talk.
    own = there[there["direction"] == "in"]
    assert len(own) < 0.7 * len(there)
    for feature, moments in (("channel", own), ("weekday", there), ("hour", there)):
        enough = moments.groupby("customer_id").size() >= 3
        counts = moments.groupby(["customer_id", feature]).size().rename("n").reset_index()
        most = counts["n"] == counts.groupby("customer_id")["n"].transform("max")
        likely = counts[most].groupby("customer_id")[feature].agg(set)[enough]
        seen = customers[f"preferred_{feature}"].dropna()
        assert seen.index.tolist() == likely.index.tolist()
        assert all(value in likely[customer] for customer, value in seen.items())


def test_cohorts(warehouse, bought):
    channels = warehouse.sql("select lead_id, channel from marts.fct_lead").df()
    bought = bought.merge(channels, on="lead_id", how="left")
    bought["month"] = bought["day"].dt.to_period("M")
    first = bought.sort_values(["won_at", "deal_id"]).drop_duplicates("customer_id")
    first = first.assign(first_channel=first["channel"].fillna("unattributed"))
    first = first.rename(columns={"month": "cohort_month"})
    bought = bought.merge(first[["customer_id", "cohort_month", "first_channel"]])
    bought["months_since"] = (bought["month"] - bought["cohort_month"]).map(lambda gap: gap.n)
    known = bought.dropna(subset="profit").groupby("segment")
    margin = bought["segment"].map(known["profit"].sum() / known["amount"].sum())
    bought["filled"] = bought["profit"].fillna(bought["amount"] * margin)

    mart = warehouse.sql("from marts.mart_customer_cohort").df()
    idle = mart[mart["customers"] == 0]
    assert len(idle) > 30 and set(idle["first_channel"]) > {"display"}
    assert (idle[["active", "orders", "revenue", "profit_to_date"]] == 0).all(axis=None)
    assert idle["ltv"].isna().all() and (idle["ltv_cac"] == 0).all()
    every = mart[mart["months_since"] == 0]["acquisition_spend"].astype(float).sum()
    (spent,) = warehouse.sql("select sum(spend) from marts.mart_channel_conversion").fetchone()
    assert every == pytest.approx(float(spent), abs=1)
    mart = mart[mart["customers"] > 0]
    mart["cohort_month"] = pd.to_datetime(mart["cohort_month"]).dt.to_period("M")
    key = ["cohort_month", "segment", "first_channel"]
    size = bought.groupby(key)["customer_id"].nunique()
    # Every cohort has a row for each month up to now.
    months = pd.Period("2026-06").ordinal - size.index.get_level_values(0).map(lambda m: m.ordinal)
    assert mart.groupby(key).size().tolist() == (months + 1).tolist()
    assert (mart["is_complete"]).all(), "the demo company's last month is over"

    cells = bought.groupby([*key, "months_since"])
    mart = mart.set_index([*key, "months_since"]).sort_index()
    for column, expected in {
        "customers": size,
        "active": cells["customer_id"].nunique(),
        "orders": cells.size(),
        "revenue": cells["amount"].sum(),
        "gross_profit": cells["profit"].sum(min_count=1),
    }.items():
        seen = mart[column].astype(float)
        wanted = expected.reindex(seen.index) if column != "customers" else None
        if wanted is None:
            assert seen.groupby(key).max().tolist() == size.tolist()
            continue
        if column != "gross_profit":
            wanted = wanted.fillna(0)
        np.testing.assert_allclose(seen, wanted, atol=0.02)
    to_date = cells["filled"].sum().reindex(mart.index, fill_value=0).groupby(key).cumsum()
    np.testing.assert_allclose(mart["profit_to_date"].astype(float), to_date, atol=0.5)
    np.testing.assert_allclose(mart["ltv"], to_date / mart["customers"], atol=0.5)

    spend = warehouse.sql(
        "select date_trunc('month', date) as cohort_month, channel as first_channel,"
        " sum(cast(spend_base as double)) as spend from marts.fct_ad_spend group by all"
    ).df()
    spend["cohort_month"] = pd.to_datetime(spend["cohort_month"]).dt.to_period("M")
    spend = spend.set_index(["cohort_month", "first_channel"])["spend"]
    new = size.groupby(["cohort_month", "first_channel"]).sum()
    paid = mart.dropna(subset="acquisition_spend").reset_index()
    assert len(paid) > 500
    pair = pd.MultiIndex.from_frame(paid[["cohort_month", "first_channel"]])
    price = (spend.reindex(pair) / new.reindex(pair)).to_numpy()
    np.testing.assert_allclose(
        paid["acquisition_spend"].astype(float), price * paid["customers"], atol=0.01
    )
    np.testing.assert_allclose(paid["ltv_cac"], paid["ltv"] / price, rtol=1e-6, atol=1e-6)


def _ratios(sales: pd.DataFrame, last_month: pd.Period) -> pd.DataFrame:
    """Of one series of purchases: the months up to the last one, each beside its trend."""
    months = pd.period_range(sales["day"].min(), last_month, freq="M")
    amounts = sales.groupby(sales["day"].dt.to_period("M"))["amount"].sum()
    amounts = amounts.reindex(months, fill_value=0)
    # The mean of the two means of twelve months that begin and end beside each other.
    trend = amounts.rolling(12).mean().rolling(2).mean().shift(-6)
    near = amounts.rolling(13, center=True, min_periods=1).mean()
    return pd.DataFrame({"ratio": amounts / trend, "above": amounts > near, "month": months.month})


def _seasons(sales: pd.DataFrame, last_month: pd.Period) -> pd.DataFrame:
    """The index and the uplift of each month of the year, and its t test."""
    ratios = _ratios(sales, last_month)
    index = ratios.groupby("month")["ratio"].median()
    rows = {}
    for month in range(1, 13):
        # Whoever buys in few months of the year has no usual month to compare with.
        usual = index.drop(month, errors="ignore").median() or np.nan
        own = ratios.loc[ratios["month"] == month, "ratio"].dropna()
        others = ratios.loc[ratios["month"] != month, "ratio"].dropna()
        if own.empty:
            continue
        error = max(others.std(), 0.05) * np.sqrt(1 / len(own) + 1 / len(others))
        reach = stats.t.ppf(0.975, len(others) - 1) * error / usual
        uplift = index[month] / usual - 1
        rows[month] = {
            "seasonal_index": index[month],
            "uplift": uplift,
            "uplift_low": uplift - reach,
            "uplift_high": uplift + reach,
            "p_value": 2 * stats.t.sf(abs(own.mean() - others.mean()) / error, len(others) - 1),
            "years": ratios.loc[ratios["month"] == month, "above"],
        }
    return pd.DataFrame(rows).T


def _compare(mart: pd.DataFrame, bought: pd.DataFrame, last_month: pd.Period) -> None:
    """The seasons of the mart, own and borrowed, and which of them are significant."""
    segment = bought.groupby("customer_id")["segment"].first()
    known = mart.dropna(subset="label")
    assert len(known) > 2000
    owner = known["customer_id"].where(known["label"] == "own", known["customer_id"].map(segment))
    key = pd.MultiIndex.from_arrays([known["label"], owner, known["calendar_month"]])
    found = {}
    for label, name in key.droplevel(2).unique():
        column = "customer_id" if label == "own" else "segment"
        found[label, name] = _seasons(bought[bought[column] == name], last_month)
    found = pd.concat(found)
    above = [
        len(years) > 1 and years.sum() == (len(years) if uplift > 0 else 0)
        for years, uplift in zip(found["years"], found["uplift"], strict=True)
    ]
    chances = found["p_value"].astype(float).dropna()
    q_values = pd.Series(false_discovery_control(chances), chances.index)
    found["is_significant"] = np.array(above) & (q_values.reindex(found.index) <= 0.05)
    wanted = found.reindex(list(key))
    for column in ("seasonal_index", "uplift", "uplift_low", "uplift_high"):
        np.testing.assert_allclose(known[column], wanted[column].astype(float), atol=0.002)
    significant = known["is_significant"].fillna(False).astype(bool)
    assert significant.tolist() == wanted["is_significant"].eq(True).tolist()


def test_seasons(warehouse, bought):
    mart = warehouse.sql("from marts.mart_customer_seasonality").df()
    _compare(mart, bought, pd.Period("2026-06"))


@pytest.fixture(scope="module")
def december(demo_home, compile_models) -> duckdb.DuckDBPyConnection:
    """The seasons as a night of 10 December 2025 has them."""
    day = "2025-12-10"
    given = ("marts.fct_deal", "intermediate.int_deals__conformed", "marts.dim_customer")
    given += ("marts.dim_date", "marts.fct_order", "marts.fct_order_line", "marts.dim_product")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{demo_home.warehouse}' as demo (read_only)")
        connection.execute("create schema marts; create schema intermediate")
        for name in given:
            connection.execute(f"create table {name} as from demo.{name}")
        connection.execute(f"delete from marts.fct_deal where won_at >= timestamp '{day} 21:00:00'")
        models = ("int_findings__seasons", "mart_seasonality_demand")
        for name, code in compile_models(*models, given=given, as_of=day):
            make(connection, name, code)
        yield connection


def test_the_season_of_the_january_client_is_warned_of_before(december, bought, truths, warehouse):
    mart = december.sql("from marts.mart_customer_seasonality").df()
    _compare(mart, bought[bought["day"] <= "2025-12-10"], pd.Period("2025-11"))
    (client,) = warehouse.execute(
        "select distinct customer_id from marts.fct_deal join landing.deals using (deal_id)"
        " where contact_id = ?",
        [truths["january_client"]["contact_id"]],
    ).fetchone()
    (season,) = mart[mart["warn_on"] <= mart["as_of_date"]].itertuples()
    assert (season.customer_id, season.calendar_month, season.label) == (client, 1, "own")
    assert season.uplift == pytest.approx(truths["january_client"]["times"] - 1, abs=0.05)
    assert str(season.next_start_on.date()) == "2026-01-01"
    finding = december.sql(
        "select kind, value, p_value from intermediate.int_findings__seasons"
        " where detail = $client",
        params={"client": client},
    )
    ((kind, value, p_value),) = finding.fetchall()
    assert (kind, value) == ("season_ahead", 1 + season.uplift)
    assert p_value == season.p_value < 0.001
    # An order of 120,000 a month.
    assert float(season.expected_extra_amount) == pytest.approx(36_000, rel=0.2)


def test_demand_adds_up(warehouse, december, bought):
    for connection, day in ((warehouse, "2026-06-30"), (december, "2025-12-10")):
        mart = connection.sql("from marts.mart_seasonality_demand").df()
        weeks = pd.to_datetime(mart["week_start"])
        assert sorted(weeks.unique()) == list(
            pd.date_range(pd.Timestamp(day), periods=14, freq="W-MON")[:13]
        )
        recent = bought[bought["day"].between(pd.Timestamp(day) - pd.Timedelta(days=55), day)]
        for _, part in mart.groupby("week_start"):
            assert float(part["base_amount"].sum()) == pytest.approx(recent["amount"].sum() / 8)
            by_segment = part.groupby("segment")["base_amount"].sum().astype(float)
            expected = recent.groupby("segment")["amount"].sum() / 8
            assert by_segment.to_dict() == pytest.approx(expected.to_dict())
        # What was kept of the lines, by category; deals without an order are `unknown`.
        lines = connection.sql(LINES_BOUGHT).df().merge(recent[["deal_id"]], on="deal_id")
        units = lines.groupby(["segment", "category"])["units"].sum() / 8
        first = mart[weeks == weeks.min()].dropna(subset="base_units")
        seen = first.set_index(["segment", "product_category"])["base_units"]
        assert seen.to_dict() == pytest.approx(units.to_dict())
        assert len(seen) > 4
        known = mart.dropna(subset="label")
        extra = known["extra_amount"]
        assert (known["extra_amount_low"] <= extra).all()
        assert (extra <= known["extra_amount_high"]).all()
        # No segment of the demo has a season; of companies, two years are not known then.
        unknown = known[known["product_category"] == "unknown"]
        assert len(unknown) >= 13 and (unknown["extra_amount"].astype(float) == 0).all()
