"""Laws of the split of a revenue gap that hold for any month: the parts are the gap to the cent,
each is what the textbook's logarithms, or one factor put in after the other, make of it."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

FACTORS = ("leads", "gap_effect_conversion", "average_check", "gap_effect_refunds")
PERIODS = """scope_type text, scope_id text, period_grain text, period_start date,
    revenue decimal(18, 2), won_amount decimal(18, 2), leads_taken bigint,
    won_with_amount_count bigint, calls_out bigint,
    plan_revenue decimal(18, 2), plan_average_check decimal(18, 2), plan_leads decimal(18, 2),
    plan_calls decimal(18, 2), baseline_won_amount decimal(18, 2), baseline_leads_taken bigint,
    baseline_won_with_amount_count bigint"""
KEY = {"scope_type": "manager", "period_grain": "month", "period_start": "2026-03-01"}


def money(least: str, most: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(least, most, places=2)


counts = st.integers(0, 3) | st.integers(0, 20_000)
plans = money("0.01", "100000000")
refunds = st.just(Decimal(0)) | money("0", "100000000")


def amounts(parts: tuple) -> dict[str, Decimal]:
    plan, won, refunded = parts
    won = {"same": plan, "close": plan + Decimal("0.01")}.get(won, won)
    return {"plan_revenue": plan, "won_amount": won, "revenue": won - refunded}


# As planned, a cent off, or anything: a logarithmic mean is delicate where amounts are close.
revenues = st.tuples(
    plans, st.sampled_from(["same", "close"]) | money("0", "100000000"), refunds
).map(amounts)
months = st.builds(
    lambda **parts: parts.pop("revenues") | parts,
    revenues=revenues,
    leads_taken=counts,
    won_with_amount_count=counts,
    calls_out=counts,
    plan_average_check=st.none() | money("1", "100000"),
    plan_leads=st.none() | money("1", "20000"),
    plan_calls=st.none() | money("1", "20000"),
    before=st.fixed_dictionaries(
        {
            "won_amount": money("0", "1000000"),
            "leads_taken": st.integers(0, 500),
            "won_with_amount_count": st.integers(0, 500),
        }
    ),
)


@pytest.fixture(scope="module")
def split(compile_models) -> Iterator:
    """A function: the rows of int_scopes__gaps for months with their baselines, by number."""
    ((_, sql),) = compile_models("int_scopes__gaps")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create schema intermediate")
        connection.execute(f"create table intermediate.int_scopes__periods ({PERIODS})")
        connection.execute(
            "create table intermediate.int_plans__uncovered"
            " (kpi_id text, scope_type text, period_start date, period_end date)"
        )

        def split(rows: list[dict]) -> dict[int, dict]:
            keyed = [
                row
                | KEY
                | {"scope_id": str(number)}
                | {f"baseline_{name}": value for name, value in row["before"].items()}
                for number, row in enumerate(rows)
            ]
            table = "intermediate.int_scopes__periods"
            texts = [
                {
                    name: None if row[name] is None else str(row[name])
                    for name in connection.table(table).columns
                }
                for row in keyed
            ]
            connection.execute(f"truncate {table}")
            connection.register("texts", pa.Table.from_pylist(texts))
            connection.execute(f"insert into {table} from texts")
            found = connection.execute(sql)
            names = [column[0] for column in found.description]
            gaps = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            return {int(gap["scope_id"]): gap for gap in gaps}

        yield split


@given(rows=st.lists(months, min_size=1, max_size=20))
def test_the_parts_are_the_gap_and_each_is_what_the_textbook_says(split, rows):
    found = split(rows)
    assert len(found) == len(rows)
    for number, month in enumerate(rows):
        gap = found[number]
        assert gap["gap_revenue"] == month["revenue"] - month["plan_revenue"]
        method, leads, conversion = by_hand(month)
        assert gap["gap_method"] == method
        if method is None:
            assert gap["gap_effect_leads"] is gap["gap_effect_check"] is gap["top_gap_kpi"] is None
            continue
        parts = [gap[f"gap_effect_{name}"] for name in ("leads", "conversion", "check", "refunds")]
        assert sum(parts) == gap["gap_revenue"]
        assert parts[-1] == month["revenue"] - month["won_amount"]
        for part, expected in zip(parts, (leads, conversion), strict=False):
            assert abs(part - expected) <= Decimal("0.005001") + abs(expected) / 10**9
        falls = {name: part for name, part in zip(FACTORS, parts, strict=True) if part < 0}
        if gap["top_gap_kpi"] in FACTORS:
            assert falls[gap["top_gap_kpi"]] == min(falls.values())
        elif gap["top_gap_kpi"] == "calls":
            assert month["calls_out"] < month["plan_calls"]
        else:
            assert min(falls.values(), default=0) >= Decimal("-0.01")


def by_hand(month: dict) -> tuple[str | None, Decimal | None, Decimal | None]:
    """The method and the effects of leads and of conversion, from exact fractions."""
    before, plan, fact = month["before"], month["plan_revenue"], month["won_amount"]
    check = month["plan_average_check"]
    if check is None:
        if before["won_amount"] <= 0 or not before["won_with_amount_count"]:
            return None, None, None
        check = Fraction(before["won_amount"]) / before["won_with_amount_count"]
    won = Fraction(plan) / Fraction(check)
    leads = month["plan_leads"]
    if leads is None:
        if not before["won_with_amount_count"] or not before["leads_taken"]:
            return None, None, None
        leads = won * before["leads_taken"] / before["won_with_amount_count"]
    of_leads = month["leads_taken"] / Fraction(leads)
    of_won = month["won_with_amount_count"] / won
    with localcontext(prec=60):
        if min(of_leads, of_won, fact) <= 0:
            return "sequential", plan * decimal(of_leads - 1), plan * decimal(of_won - of_leads)
        mean = plan if fact == plan else (fact - plan) / (fact.ln() - plan.ln())
        return (
            "log_mean",
            mean * decimal(of_leads).ln(),
            mean * (decimal(of_won) / decimal(of_leads)).ln(),
        )


def decimal(fraction: Fraction) -> Decimal:
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)
