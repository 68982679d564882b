"""The seasons of categories: in pandas, in hindsight, and where there is one or none."""

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import false_discovery_control

from kits.models import make

GIVEN = ("marts.fct_deal", "intermediate.int_deals__conformed", "marts.dim_customer")
GIVEN += ("marts.dim_date", "marts.fct_order", "marts.fct_order_line", "marts.dim_product")
MARTS = ("mart_category_seasonality", "mart_seasonality_demand")
DECEMBER = "2025-12-15"
# What was kept of the lines of won deals, on the day of the win.
SOLD = """
    select coalesce(segment, 'unknown') as segment, category, deal.won_on,
        cast(line.quantity - line.returned_quantity as double) as units
    from marts.fct_order_line as line join marts.fct_order using (source, order_id)
    join marts.dim_product using (product_id)
    join marts.fct_deal as deal using (deal_id)
    left join marts.dim_customer on deal.customer_id = dim_customer.customer_id
    where deal.status = 'won' and not deal.is_test and category is not null
        and line.revenue_base > line.returned_amount_base
"""


@pytest.fixture(scope="module")
def sold(warehouse) -> pd.DataFrame:
    rows = warehouse.sql(SOLD).df()
    return rows.assign(month=pd.to_datetime(rows["won_on"]).dt.to_period("M"))


def _history(sold: pd.DataFrame, last_month: str) -> dict[tuple[str, str], pd.Series]:
    """The units of each month that is over, of categories within a segment and in all of them."""
    both = pd.concat([sold, sold.assign(segment="all")])
    both = both[both["month"] <= last_month]
    history = {}
    for key, rows in both.groupby(["segment", "category"]):
        months = pd.period_range(rows["month"].min(), last_month, freq="M")
        units = rows.groupby("month")["units"].sum().reindex(months, fill_value=0)
        if len(months) >= 23 and (units > 0).sum() > len(months) / 2:
            history[key] = units
    return history


def _season(units: pd.Series) -> dict[str, Any]:
    """Its p value and the twelve seasons if it is significant."""
    seen, month = units.to_numpy(), units.index.month.to_numpy()
    growth = seen[12:].sum() / seen[:-12].sum()
    trend = growth ** (np.arange(len(seen)) / 12)
    table = pd.DataFrame({"seen": seen, "trend": trend}).groupby(month).sum()
    years = pd.Series(month).value_counts().sort_index()
    rate = table["seen"] / table["trend"]
    fitted = trend * rate[month].to_numpy()
    freedom = len(seen) - 13
    squares = ((seen - fitted) ** 2 / np.where(fitted > 0, fitted, 1)).sum()
    dispersion = max(1, 0.05**2 * seen.mean(), squares / freedom)
    often = table[years > 1]
    flat = often["trend"] * often["seen"].sum() / often["trend"].sum()
    f_value = ((often["seen"] - flat) ** 2 / flat).sum() / (len(often) - 1) / dispersion
    index = rate / rate[years > 1].mean()
    return {
        "p_value": stats.f.sf(f_value, len(often) - 1, freedom),
        "index": index,
        "season": ((index - 1) * max(0, 1 - 1 / f_value)).where(years > 1, 0),
    }


def _compare(mart: pd.DataFrame, sold: pd.DataFrame, last_month: str) -> set[tuple[str, str]]:
    """The seasons of the mart are those of pandas. Returns the categories that have one."""
    found = {key: _season(units) for key, units in _history(sold, last_month).items()}
    p_values = pd.Series({key: season["p_value"] for key, season in found.items()})
    significant = set(p_values.index[false_discovery_control(p_values) <= 0.05])
    known = mart[mart["product_category"] != "unknown"]
    for (segment, category), rows in known.groupby(["segment", "product_category"]):
        own, every = (segment, category), ("all", category)
        known_by = own if own in found else every
        key = next((key for key in (own, every) if key in significant), known_by)
        rows = rows.set_index("calendar_month").sort_index()
        assert set(rows["label"]) == {"own" if key == own else "borrowed"}
        assert set(rows["is_significant"]) == {key in significant}
        np.testing.assert_allclose(rows["seasonal_index"], found[key]["index"], atol=1e-6)
        season = found[key]["season"] if key in significant else 0
        np.testing.assert_allclose(rows["season"], season, atol=1e-6)
        ratio = rows["p_value"].iloc[0] / p_values[key]
        # The law is approximated; of very small chances to the safe side.
        assert 0.98 < ratio < (1.25 if p_values[key] > 0.001 else 5)
    return significant


def test_seasons_of_categories(warehouse, sold):
    mart = warehouse.sql("from marts.mart_category_seasonality").df()
    significant = _compare(mart, sold, "2026-06")
    assert {("all", "office_set"), ("all", "sofa"), ("all", "table")} <= significant
    # What the weeks to come add is what the months have.
    weeks = warehouse.sql(
        "select product_category, sum(extra_units) as extra from marts.mart_seasonality_demand"
        " where month(week_start) = 8 group by all"
    ).df()
    extra = weeks.set_index("product_category")["extra"]
    # Office sets sell most in August, tables in May and June.
    assert extra["office_set"] > 30 and extra["table"] < -20 and extra["wardrobe"] == 0


@pytest.fixture(scope="module")
def december(demo_home, compile_models) -> duckdb.DuckDBPyConnection:
    """The marts as a night of 15 December 2025 has them."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{demo_home.warehouse}' as demo (read_only)")
        connection.execute("create schema marts; create schema intermediate")
        for name in GIVEN:
            connection.execute(f"create table {name} as from demo.{name}")
        connection.execute(f"delete from marts.fct_deal where won_on > date '{DECEMBER}'")
        for name, code in compile_models(*MARTS, given=GIVEN, as_of=DECEMBER):
            make(connection, name, code)
        yield connection


def test_january_is_nearer_with_its_season_than_without(december, sold):
    """In hindsight: what was sold in January 2026, and what the middle of December expected."""
    mart = december.sql("from marts.mart_category_seasonality").df()
    _compare(mart, sold[pd.to_datetime(sold["won_on"]) <= DECEMBER], "2025-11")
    january = (
        mart[mart["calendar_month"] == 1]
        .groupby("product_category")[["base_units", "expected_units"]]
        .sum()
    )
    fact = sold[sold["month"] == "2026-01"].groupby("category")["units"].sum()
    flat = january.loc[fact.index, "base_units"] / 7 * 31
    expected = january.loc[fact.index, "expected_units"]
    error, flat_error = ((those - fact).abs().sum() / fact.sum() for those in (expected, flat))
    assert error < 0.8 * flat_error
    assert abs(expected["office_set"] / fact["office_set"] - 1) < 0.15
    assert abs(expected["sofa"] / fact["sofa"] - 1) < 0.15 < flat["sofa"] / fact["sofa"] - 1


def _company(connection: duckdb.DuckDBPyConnection, units: pd.DataFrame) -> None:
    """A company that sold `units` (category, month, units): a deal with one order each."""
    connection.register("sold", units.assign(deal_id=[f"d{n}" for n in range(len(units))]))
    connection.execute(
        """
        create schema marts; create schema intermediate;
        create table marts.dim_date as
            select cast(date '2023-12-01' + cast(n as integer) as date) as date
            from range(1000) as days (n);
        create table marts.fct_deal as
            select deal_id, 'k' as customer_id, null as lead_id, 'won' as status,
                cast(month as timestamp) + interval 14 day as won_at,
                cast(cast(month as date) + 14 as date) as won_on,
                cast(units as decimal(38, 10)) as amount_base, false as is_test from sold;
        create table intermediate.int_deals__conformed as
            select deal_id, cast(0 as decimal(38, 10)) as cost_base from sold;
        create table marts.dim_customer as select 'k' as customer_id, 'b2c' as segment;
        create table marts.fct_order as
            select 's' as source, deal_id as order_id, deal_id from sold;
        create table marts.fct_order_line as
            select 's' as source, deal_id as order_id, category as product_id,
                cast(units as decimal(28, 6)) as quantity,
                cast(0 as decimal(28, 6)) as returned_quantity,
                cast(units as decimal(38, 10)) as revenue_base,
                cast(0 as decimal(38, 10)) as returned_amount_base from sold;
        create table marts.dim_product as
            select distinct category as product_id, category from sold;
        """
    )


@pytest.fixture(scope="module")
def judge(compile_models) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """What the mart says of a company by what it sold, as of 30 June 2026."""
    models = compile_models(MARTS[0], given=GIVEN, as_of="2026-06-30")

    def judge(units: pd.DataFrame) -> pd.DataFrame:
        with duckdb.connect() as connection:
            _company(connection, units)
            for name, code in models:
                make(connection, name, code)
            return connection.sql("from marts.mart_category_seasonality").df()

    return judge


def _sales(categories: dict[str, np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
    """Thirty months of sales that grow by a quarter a year; each month varies three times as much
    as single orders would, times the season of its category."""
    months = pd.period_range("2024-01", "2026-06", freq="M")
    mean = 120 * 1.25 ** (np.arange(30) / 12)
    rows = []
    for category, season in categories.items():
        units = rng.negative_binomial(mean * season[months.month - 1] / 2, 1 / 3)
        rows.append(
            pd.DataFrame(
                {"category": category, "month": months.to_timestamp().astype(str), "units": units}
            )
        )
    return pd.concat(rows)


def test_a_season_of_two_months_is_found_and_none_where_there_is_none(judge):
    """August and September sell 1.6 times as much: neither hides the other."""
    season = np.array([0.88] * 7 + [1.6, 1.6] + [0.88] * 3)
    flat = {f"flat {n}": np.ones(12) for n in range(12)}
    mart = judge(_sales({"seasonal": season, **flat}, np.random.default_rng(5)))
    mart = mart.set_index(["product_category", "calendar_month"]).sort_index()
    found = mart.loc["seasonal"]
    assert found["is_significant"].all()
    assert found["season"].idxmax() in (8, 9)
    np.testing.assert_allclose(found["season"], season - 1, atol=0.2)
    assert (found.loc[[8, 9], "season"] > 0.35).all()
    assert not mart.drop("seasonal")["is_significant"].any()


def test_companies_without_seasons_have_none(judge):
    """Of twenty companies with eight categories, about one may have a season by chance."""
    rng = np.random.default_rng(11)
    flat = {f"flat {n}": np.ones(12) for n in range(8)}
    false = sum(judge(_sales(flat, rng))["is_significant"].any() for _ in range(20))
    assert false <= 3
