"""Laws of the money macros: no product overflows, no digit is lost, hundredths add up."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
from hypothesis import example, given
from hypothesis import strategies as st

from orchestration.core.entity import SQL_TYPES

MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros"
MONEY = jinja2.Environment(autoescape=False).from_string(
    "".join((MACROS / f"{name}.sql").read_text() for name in ("money", "vat")),
    # As dbt picks the version of a macro for DuckDB.
    globals={"adapter": SimpleNamespace(dispatch=lambda name, _: of_duckdb(name))},
)
CENT, PLACES = Decimal("0.01"), Decimal("1e-10")
LARGEST = Decimal(10) ** 18 - PLACES

amounts = st.decimals(-LARGEST, LARGEST, places=10) | st.decimals(-100, 100, places=3)
rates = st.decimals(Decimal("1e-16"), 10**12 - 1, places=16) | st.sampled_from(
    [Decimal(1), Decimal("0.0000382"), Decimal("0.0000007")]
)


def of_duckdb(name: str) -> Callable[..., str]:
    return getattr(MONEY.module, f"duckdb__{name}")


def macro(name: str, *arguments: str) -> str:
    return getattr(MONEY.module, name)(*arguments)


def test_landed_types_are_those_of_the_contract():
    assert macro("landed_money").strip() == SQL_TYPES["money"]
    assert macro("rate_of_exchange").strip() == SQL_TYPES["rate"]


@given(amount=amounts, rate=rates)
@example(amount=Decimal(10**10), rate=Decimal(1))
@example(amount=LARGEST, rate=Decimal(1))
@example(amount=LARGEST, rate=Decimal(10**12 - 1))
@example(amount=Decimal("-0.005"), rate=Decimal(1))
def test_a_product_is_exact_and_never_overflows(amount: Decimal, rate: Decimal):
    with localcontext(prec=80):
        product = amount * rate
        (found,) = duckdb.execute(
            f"select {macro('in_base', 'amount', 'rate')} from (select"
            f" cast('{amount:f}' as {SQL_TYPES['money']}) as amount,"
            f" cast('{rate:f}' as {SQL_TYPES['rate']}) as rate)"
        ).fetchone()
        if found is None:
            assert abs(product) > Decimal("0.99e20")
        else:
            assert abs(found - product) <= PLACES


@given(sums=st.lists(st.none() | amounts, min_size=1, max_size=20))
@example(sums=[Decimal("0.004")] * 1000)
@example(sums=[Decimal("0.125")])
@example(sums=[Decimal("-0.125")])
def test_hundredths_add_up_to_the_rounded_total(sums: list[Decimal | None]):
    rows = ", ".join(
        f"({n}, cast({'null' if one is None else repr(f'{one:f}')} as decimal(38, 10)))"
        for n, one in enumerate(sums)
    )
    found = duckdb.execute(
        f"select {macro('in_hundredths', 'amount', 'n')} from (values {rows}) as t (n, amount)"
        " order by n"
    ).fetchall()
    with localcontext(prec=80):
        running, rounded = Decimal(0), Decimal(0)
        for (part,), one in zip(found, sums, strict=True):
            assert (part is None) == (one is None)
            if one is None:
                continue
            running, rounded = running + one, rounded + part
            assert rounded == running.quantize(CENT, ROUND_HALF_UP)
            assert abs(part - one) <= CENT
            if one == one.quantize(CENT):
                assert part == one


@given(spend=st.decimals(0, LARGEST, places=10) | st.decimals(0, 10**6, places=2))
@example(spend=Decimal("123456.006"))
def test_vat_is_taken_out_to_the_tenth_place(spend: Decimal):
    (taken_out, same), (as_it_is, put_on) = duckdb.execute(
        f"select {macro('spend_excl_vat')}, {macro('spend_incl_vat')} from (select"
        f" cast('{spend:f}' as {SQL_TYPES['money']}) as spend,"
        " cast(20 as decimal(5, 2)) as vat_percent, unnest([true, false]) as vat_included)"
    ).fetchall()
    assert same == as_it_is == spend
    with localcontext(prec=80):
        assert put_on == (spend * Decimal("1.2")).quantize(PLACES, ROUND_HALF_UP)
        # Half of the last place may go either way, which no quotient of ten places meets.
        quotient = spend / Decimal("1.2")
        assert abs(taken_out - quotient) <= PLACES / 2
        if quotient == quotient.quantize(PLACES):
            assert taken_out == quotient
