"""BG/NBD and Gamma-Gamma of int_customers__lifetimes: the published fit, the published example,
parameters that made the data, and the chances by simulation."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "aggregates" / "customers" / "int_customers__lifetimes.py"
# The customers of CDNOW, a shop of compact discs, who first bought in the first quarter of 1997:
# how many had x orders after the first one, the last in week t_x, observed for T weeks, both
# rounded. Counted from the tenth of them that Fader and Hardie have published
# (http://brucehardie.com/datasets/).
CDNOW = pd.read_csv(Path(__file__).with_name("cdnow_weeks.csv"))
PUBLISHED = (0.243, 4.414, 0.793, 2.426)


@pytest.fixture(scope="module")
def lifetimes():
    spec = importlib.util.spec_from_file_location(MODEL.stem, MODEL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cdnow() -> list[np.ndarray]:
    return [CDNOW[name].to_numpy(float) for name in ("x", "t_x", "T", "customers")]


def test_the_published_fit_of_cdnow(lifetimes, cdnow):
    assert CDNOW["customers"].sum() == 2357
    found = lifetimes.most_likely(lifetimes.order_likelihood, 4, *cdnow)
    # In whole weeks; the days themselves give 0.2426, 4.414, 0.7929, 2.426 and -9582.43.
    assert found == pytest.approx(PUBLISHED, rel=0.025)
    best = lifetimes.order_likelihood(found, *cdnow)
    assert best == pytest.approx(-9582.4, abs=2)
    assert lifetimes.order_likelihood(PUBLISHED, *cdnow) == pytest.approx(best, abs=0.2)


def test_the_published_example(lifetimes):
    """A customer with two more orders, the last in week 30.43 of 38.86, in the 39 weeks to come."""
    case = [np.array([value]) for value in (2, 30.43, 38.86)]
    assert lifetimes.expected_orders(PUBLISHED, *case, 39) == pytest.approx(1.226, abs=0.001)


@pytest.mark.parametrize("orders, last, age", [(0, 0, 10), (2, 30, 38), (29, 126, 130)])
@pytest.mark.parametrize(
    "parameters",
    [PUBLISHED, (0.5, 20, 30, 90), (0.3, 10, 140, 140), (5, 2, 3, 9), (0.1, 12, 20000, 10000)],
)
def test_expected_orders_by_simulation(lifetimes, parameters, orders, last, age):
    r, alpha, a, b = parameters
    rng = np.random.default_rng(1)
    rate = rng.gamma(r + orders, 1 / (alpha + age), 400_000)
    leaving = rng.beta(a, b + orders, 400_000)
    # Orders until one leaves, within a year: the integral of the rate of who is still there.
    simulated = np.mean((1 - np.exp(-rate * leaving * lifetimes.WEEKS)) / leaving)
    case = [np.array([value], float) for value in (orders, last, age)]
    expected = lifetimes.expected_orders(parameters, *case, lifetimes.WEEKS)
    assert expected / lifetimes.chance_alive(parameters, *case) == pytest.approx(
        simulated, rel=0.02
    )


@pytest.mark.parametrize("parameters", [PUBLISHED, (1.5, 8, 2, 6)])
def test_finds_the_parameters_that_made_the_orders(lifetimes, parameters):
    r, alpha, a, b = parameters
    rng, size = np.random.default_rng(7), 40_000
    rate, leaving = rng.gamma(r, 1 / alpha, size), rng.beta(a, b, size)
    age = rng.integers(40, 110, size).astype(float)
    orders, last, clock = np.zeros(size), np.zeros(size), np.zeros(size)
    there = np.ones(size, bool)
    while there.any():
        clock = np.where(there, clock + rng.exponential(1 / rate), np.inf)
        there &= clock <= age
        orders[there] += 1
        last[there] = clock[there]
        there &= rng.random(size) >= leaving
    found = lifetimes.most_likely(lifetimes.order_likelihood, 4, orders, last, age, np.ones(size))
    assert found == pytest.approx(parameters, rel=0.12)


def test_finds_the_parameters_that_made_the_amounts(lifetimes):
    p, q, v = 6.25, 3.74, 15.44
    rng, size = np.random.default_rng(7), 40_000
    orders = rng.integers(1, 9, size).astype(float)
    mean = rng.gamma(p * orders, 1 / (orders * rng.gamma(q, 1 / v, size)))
    found = lifetimes.most_likely(lifetimes.amount_likelihood, 3, orders, mean, np.ones(size))
    assert found == pytest.approx((p, q, v), rel=0.05)


def groups(customers: int, repeaters: int, shift: int = 0) -> pd.DataFrame:
    """So many customers of 60 weeks, of whom some came back after 30; what they spent is drawn."""
    frequency = np.where(np.arange(customers) < repeaters, 3, 0)
    rng = np.random.default_rng(7)
    shape = 6 * (frequency + 1)
    mean = rng.gamma(shape, 1 / (frequency + 1) / rng.gamma(4, 1 / 50, customers))
    return pd.DataFrame(
        {
            "frequency": frequency,
            "recency_weeks": 10 * frequency,
            "age_weeks": 60,
            "paid_days": frequency + 1,
            "amount_step": np.round(25 * np.log(mean)) + shift,
            "customers": 1,
        }
    )


@pytest.mark.parametrize("customers, repeaters, known", [(100, 30, 2), (99, 30, 0), (100, 29, 0)])
def test_few_customers_have_no_chances(lifetimes, customers, repeaters, known):
    made = lifetimes.lifetimes(groups(customers, repeaters))
    assert made["frequency"].tolist() == [0, 3]
    assert made.drop(columns=["frequency", "recency_weeks", "age_weeks"]).count().eq(known).all()


def test_amounts_in_another_currency_change_nothing_else(lifetimes):
    roubles, dollars = (lifetimes.lifetimes(groups(2000, 900, shift)) for shift in (100, 0))
    for name in ("p_alive", "expected_orders_365", "amount_p", "amount_q"):
        assert dollars[name].tolist() == pytest.approx(roubles[name].tolist())
    times = roubles["amount_v"] / dollars["amount_v"]
    assert times.tolist() == pytest.approx([np.exp(4)] * 2)
