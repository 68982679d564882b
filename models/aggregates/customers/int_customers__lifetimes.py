"""Whether a customer still buys, how often and for how much.

Orders: BG/NBD. Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing
Science 24 (2), 275-284. Amounts: Gamma-Gamma. Fader and Hardie (2013), The Gamma-Gamma Model of
Monetary Value. Both are fitted by segment, on counts of customers instead of single customers.
Arrays have one entry per group of customers; `weights` is how many customers a group has.
"""

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

# A segment with fewer customers, or fewer customers who came back, has no chances.
MIN_CUSTOMERS, MIN_REPEATERS = 100, 30
WEEKS = 365 / 7


def order_likelihood(parameters, orders, last, age, weights):
    """The log likelihood of BG/NBD. `parameters`: r, alpha, a and b; `orders`: those after the
    first one; `last`, `age`: time from the first order to the last and to now."""
    r, alpha, a, b = parameters
    alive = betaln(a, b + orders) - (r + orders) * np.log(alpha + age)
    left = betaln(a + 1, b + np.maximum(orders, 1) - 1) - (r + orders) * np.log(alpha + last)
    each = (
        gammaln(r + orders) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
        + np.logaddexp(alive, np.where(orders > 0, left, -np.inf))
    )  # fmt: skip
    return float(np.sum(weights * each))


def amount_likelihood(parameters, orders, mean, weights):
    """The log likelihood of Gamma-Gamma. `parameters`: p, q and v; `mean`: the mean amount of the
    `orders`, at least one."""
    p, q, v = parameters
    shape = p * orders
    each = (
        gammaln(shape + q) - gammaln(shape) - gammaln(q)
        + q * np.log(v) + (shape - 1) * np.log(mean) + shape * np.log(orders)
        - (shape + q) * np.log(v + mean * orders)
    )  # fmt: skip
    return float(np.sum(weights * each))


def most_likely(likelihood, size, *arrays):
    """The `size` parameters, all positive, at which the likelihood of the arrays is highest."""
    found = minimize(
        lambda logarithms: -likelihood(np.exp(logarithms), *arrays),
        np.zeros(size),
        method="L-BFGS-B",
        bounds=[(-10, 10)] * size,
    )
    # The last digits depend on the machine.
    return np.array([float(f"{parameter:.4g}") for parameter in np.exp(found.x)])


def chance_alive(parameters, orders, last, age):
    """The chance that the customer has not left for good."""
    r, alpha, a, b = parameters
    left = a / (b + np.maximum(orders, 1) - 1) * ((alpha + age) / (alpha + last)) ** (r + orders)
    return np.where(orders > 0, 1 / (1 + left), 1.0)


def expected_orders(parameters, orders, last, age, time):
    """The number of orders to be expected within `time` from now."""
    r, alpha, a, b = parameters
    a = a if abs(a - 1) > 1e-6 else 1 + 1e-6
    share = time / (alpha + age + time)
    third = a + b + orders - 1
    # One function in two forms: where one of them overflows, the other is finite.
    with np.errstate(all="ignore"):
        series = np.where(
            a > 1 + r + orders,
            hyp2f1(r + orders, b + orders, third, share) * (1 - share) ** (r + orders),
            hyp2f1(a - 1, third - r - orders, third, share) * (1 - share) ** (a - 1),
        )
    expected = third / (a - 1) * (1 - series)
    return expected * chance_alive(parameters, orders, last, age)


def lifetimes(groups):
    """The chances of each group of a segment; `groups`: rows of int_customers__repeats. NaN where
    the segment has too few customers."""
    keys = ["frequency", "recency_weeks", "age_weeks"]
    counted = groups.groupby(keys, as_index=False)["customers"].sum()
    made = counted[keys].assign(p_alive=np.nan, expected_orders_365=np.nan)
    made = made.assign(amount_p=np.nan, amount_q=np.nan, amount_v=np.nan)
    repeaters = counted.loc[counted["frequency"] > 0, "customers"].sum()
    if counted["customers"].sum() < MIN_CUSTOMERS or repeaters < MIN_REPEATERS:
        return made
    orders, last, age, weights = (counted[name].to_numpy(float) for name in counted)
    parameters = most_likely(order_likelihood, 4, orders, last, age, weights)
    made["p_alive"] = chance_alive(parameters, orders, last, age)
    made["expected_orders_365"] = expected_orders(parameters, orders, last, age, WEEKS)
    paid = groups[groups["paid_days"] > 0]
    paid = paid.groupby(["paid_days", "amount_step"], as_index=False)["customers"].sum()
    if len(paid):
        days, steps, customers = (paid[name].to_numpy(float) for name in paid)
        # In units of the mean amount, so that money of any currency has one size.
        unit = np.exp(np.average(steps / 25, weights=customers))
        p, q, v = most_likely(amount_likelihood, 3, days, np.exp(steps / 25) / unit, customers)
        made = made.assign(amount_p=p, amount_q=q, amount_v=v * unit)
    return made


def model(dbt, session):
    dbt.config(materialized="table")
    groups = dbt.ref("int_customers__repeats")
    # A relation of DuckDB, a frame of Spark.
    groups = groups.df() if hasattr(groups, "df") else groups.toPandas()
    groups = groups.sort_values(list(groups), ignore_index=True)
    parts = {segment: lifetimes(part) for segment, part in groups.groupby("segment")}
    parts = [part.assign(segment=segment) for segment, part in parts.items()]
    return pd.concat(parts or [lifetimes(groups).assign(segment="")], ignore_index=True)
