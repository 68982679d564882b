"""Monthly plans of revenue, average check and calls: of managers, all above them and the shops."""

from typing import Any

import duckdb
import numpy as np

from orchestration.sources.demo import people, truths
from orchestration.sources.demo import reference as ref
from orchestration.sources.demo.calls import OUT
from orchestration.sources.demo.clock import (
    DAY,
    DAYS,
    MONTH_COUNT,
    MONTH_ENDS,
    MONTH_STARTS,
    day_weights,
    month_of,
)
from orchestration.sources.demo.frame import Frame, store, take, texts
from orchestration.sources.demo.truths import Plants

_MANAGERS, _BACKDATED = people.COUNT, 0.04
_SHOPS = _MANAGERS  # the row of what nobody sells, below those of the managers
_CAUTIOUS = 0.5  # of the usual revenue: chance alone hardly misses it
_ROUND = {"revenue": 1_000_000, "calls": 500, "average_check": 10_000}  # hundredths


def store_plans(
    connection: duckdb.DuckDBPyConnection,
    rng: np.random.Generator,
    deals: Frame,
    calls: Frame,
    dollar: np.ndarray,
    sold_in_shops: np.ndarray,
    plants: Plants,
) -> None:
    """One row per figure, scope, month and version; money in roubles. The second version of a plan
    was set when its month had begun already. `sold_in_shops`: by month, without the deals of the
    CRM, in hundredths of a rouble; their plan is that of no department (`unassigned`)."""
    shape = (_MANAGERS, MONTH_COUNT)
    months = np.arange(MONTH_COUNT)
    worked = (people.HIRED[:, None] <= MONTH_ENDS) & (people.LEFT[:, None] >= MONTH_STARTS)
    revenue, checks = _sold(deals, dollar)
    # A manager is planned to call, not to be called.
    counted = (calls["owner"] >= 0) & (calls["direction"] == OUT)
    rung = np.bincount(calls["owner"][counted], minlength=_MANAGERS) * 100
    a_month = worked.sum(axis=1)
    hopes = rng.uniform(0.9, 1.2, shape) * (0.9 + 0.2 * months / MONTH_COUNT)
    tables = {
        "revenue": (revenue / a_month)[:, None] * hopes * worked,
        "calls": (rung / a_month)[:, None] * hopes * worked,
        "average_check": checks[:, None] * rng.uniform(0.95, 1.1, shape) * worked,
    }
    rows: list[tuple[Any, ...]] = []
    if plants.plans_are_cautious:
        tables["revenue"] = _CAUTIOUS * _usual(revenue)
    else:
        _plant(tables["revenue"], deals, dollar, plants)
    tables["revenue"] = np.vstack([tables["revenue"], _of_shops(rng, sold_in_shops, plants)])
    for kpi, values in tables.items():
        values = np.ceil(values / _ROUND[kpi]).astype(np.int64) * _ROUND[kpi]
        for scope, scope_id, managers in _scopes(add_up=kpi == "revenue"):
            totals = values[managers].sum(axis=0)
            rows += [
                (kpi, scope, scope_id, month, 1, totals[month]) for month in np.flatnonzero(totals)
            ]
    again = rng.random(len(rows)) < _BACKDATED
    rows += [
        (*row[:4], 2, round(row[5] * 0.85))
        for row, chosen in zip(list(rows), again, strict=True)
        if chosen and row[:2] == ("revenue", "manager")
    ]
    _store(connection, rows)


def _plant(revenue: np.ndarray, deals: Frame, dollar: np.ndarray, plants: Plants) -> None:
    """Put the plans of the planted month where one department misses them, the other passes."""
    month = truths.PLAN_MONTH
    sold, _ = _sold(take(deals, month_of(deals["closed_at"]) == month), dollar)
    for department, times in (
        (truths.PLAN_MISSED, plants.plan_missed_times),
        (truths.PLAN_PASSED, plants.plan_passed_times),
    ):
        own = np.flatnonzero(np.array(people.DEPARTMENTS) == department)
        revenue[own, month] *= times * sold[own].sum() / revenue[own, month].sum()


def _of_shops(rng: np.random.Generator, sold: np.ndarray, plants: Plants) -> np.ndarray:
    """The plan of the shops by month: their season and growth are known in advance."""
    (own,) = rng.spawn(1)
    hopes = _CAUTIOUS if plants.plans_are_cautious else own.uniform(0.9, 1.2, MONTH_COUNT)
    planned: np.ndarray = sold * hopes
    return planned


def _usual(revenue: np.ndarray) -> np.ndarray:
    """The revenue of each manager and month if the department's were spread over its managers by
    their days, and over the months by how busy they are."""
    days = np.arange(DAYS)
    at_work = (people.HIRED[:, None] <= days) & (days <= people.LEFT[:, None])
    usual = np.zeros((_MANAGERS, MONTH_COUNT))
    for department in sorted(set(people.DEPARTMENTS)):
        own = np.flatnonzero(np.array(people.DEPARTMENTS) == department)
        busy = day_weights() * at_work[own] / at_work[own].sum(axis=0)
        months = np.add.reduceat(busy, MONTH_STARTS, axis=1)
        usual[own] = revenue[own].sum() * months / months.sum()
    return usual


def _sold(deals: Frame, dollar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Revenue and average check of each manager over the whole time, in hundredths of a rouble."""
    won = ref.IS_WON[deals["stage"]] & (deals["amount"] > 0)
    rate = np.where(deals["usd"], dollar[deals["closed_at"] // DAY], 1.0)
    owner = deals["owner"][won]
    revenue = np.bincount(owner, (deals["amount"] * rate)[won], minlength=_MANAGERS)
    return revenue, revenue / np.maximum(np.bincount(owner, minlength=_MANAGERS), 1)


def _scopes(*, add_up: bool) -> list[tuple[str, str, np.ndarray]]:
    """Scope, its id and the managers in it; those above a manager only where plans add up."""
    scopes = [("manager", f"u{number + 1:02d}", np.array([number])) for number in range(_MANAGERS)]
    if add_up:
        scopes.append(("company", "company", np.arange(_MANAGERS + 1)))
        for scope, names in (("department", people.DEPARTMENTS), ("team", people.TEAMS)):
            scopes += [
                (scope, name, np.flatnonzero(np.array(names) == name))
                for name in sorted(set(names))
            ]
        scopes.append(("department", "unassigned", np.array([_SHOPS])))
    return scopes


def _store(connection: duckdb.DuckDBPyConnection, rows: list[tuple[Any, ...]]) -> None:
    kpi, scope, scope_id, months, versions, value = (
        list(column) for column in zip(*rows, strict=True)
    )
    month, version = np.array(months), np.array(versions)
    store(
        connection,
        "plans",
        {
            "kpi": texts(kpi),
            "scope_type": texts(scope),
            "scope_id": texts(scope_id),
            "period_start": MONTH_STARTS[month],
            "period_end": MONTH_ENDS[month],
            "value": np.array(value),
            "version": version,
            # Five days before the month, or ten days into it.
            "set_at": np.maximum(MONTH_STARTS[month] + np.where(version == 1, -5, 9), 0) * DAY,
        },
    )
