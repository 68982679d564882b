"""Laws of the whole night, from the files of any company to the marts: what is published depends on
the rows delivered alone, not on their order, their files or the nights they came in."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_quality.marts import marts_measures
from kits.profiles import costly
from kits.whole_company import AS_OF, FIRST, ZONE, Nights, Rows, companies, nights

LAWS = costly(2)
LEFT_OUT = ("marts.quality", "aggregates.quality", "staging.vendors", "staging.entities")


@pytest.fixture(scope="module")
def home(compile_models: Callable, tmp_path_factory: pytest.TempPathFactory):
    models = compile_models("resource_type:model", "--exclude", *LEFT_OUT, as_of=f"{AS_OF}")
    with nights(models, tmp_path_factory.mktemp("company")) as home:
        yield home


@LAWS
@given(company=companies, chance=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_their_files_change_nothing(
    home: Nights, company: Rows, chance: random.Random
):
    home.land(company)
    once = home.published()
    shuffled = {name: chance.sample(rows, len(rows)) for name, rows in company.items()}
    cuts = {name: chance.randint(0, len(rows)) for name, rows in company.items()}
    home.land(
        {name: rows[: cuts[name]] for name, rows in shuffled.items()},
        {name: rows[cuts[name] :] for name, rows in shuffled.items()},
    )
    assert home.published() == once


# What gate 2 counts of any company; sums of money are laws of their own.
COUNTED = {
    *("rows_equal_landing", "reached_equals_facts", "moves_count_equals_facts"),
    *("entries_count_equals_facts", "exits_count_equals_facts", "open_at_end_count_equals_facts"),
    *("cases_equal_facts", "deals_count_equals_facts", "won_count_equals_facts"),
    *("in_count_equals_facts", "out_count_equals_facts", "overdue_tasks_equal_facts"),
    *("lost_equals_facts", "leads_equal_facts", "deals_equal_facts", "plans_equal_facts"),
    *("wins_equal_mart", "forecasts_equal_days"),
}


@LAWS
@given(company=companies)
def test_days_make_weeks_and_months_in_every_mart_and_gate_2_counts_the_same(
    home: Nights, company: Rows
):
    home.land(company)
    home.published()
    for table, measures in marts_measures(AS_OF, ZONE).items():
        for measure in measures:
            if measure.check_id in COUNTED:
                query = measure.query.replace("{batch}", f"marts.{table}")
                for _, value, detail in home.connection.execute(query).fetchall():
                    assert value == 1, detail
    marts = home.connection.execute(
        "select table_name from duckdb_columns()"
        " where schema_name = 'marts' and column_name = 'period_grain'"
    ).fetchall()
    names = {mart for (mart,) in marts}
    assert names >= FORECASTS | set(FINEST) and len(names - FORECASTS) >= 7
    for mart in sorted(names - FORECASTS):
        finest = FINEST.get(mart, "day")
        for grain in COARSER[finest]:
            for law in differing(home, mart, finest, grain):
                assert home.connection.execute(law).fetchall() == [], law


@LAWS
@given(company=companies)
def test_money_of_the_marts_adds_up_to_what_was_delivered(home: Nights, company: Rows):
    """The facts hold it to the last digit, the marts are rounded once, and any day has one revenue,
    whether managers or channels count it."""
    home.land(company)
    home.published()
    for law in (
        f"""
        select upper(account_currency), sum(spend) from landing.ad_stats
        where date <= date '{AS_OF}' group by 1
        except select currency, sum(spend) from marts.fct_ad_spend group by 1
        """,
        """
        select round(sum(spend_base), 2) from marts.fct_ad_spend having count(spend_base) > 0
        except select sum(spend) from marts.mart_channel_conversion
        """,
        """
        select round(sum(amount_base), 2) from marts.fct_deal
        where status = 'won' and final_closed_at is not null and not is_test
        having count(amount_base) > 0
        except select sum(won_amount) from marts.mart_department_kpi
        where scope_type = 'company' and period_grain = 'month'
        """,
        """
        select date, sum(revenue), sum(won_amount) from marts.mart_channel_conversion
        group by 1 having sum(revenue) <> 0
        except select period_start, sum(revenue), sum(won_amount) from marts.mart_manager_kpi
        where period_grain = 'day' group by 1
        """,
    ):
        assert home.connection.execute(law).fetchall() == [], law


# Numbers that are no sums: what stands at the end of a period, and what is of one period alone.
# Days without an event have no row, but may be workdays: these add up in int_scopes__workdays.
STOCKS = {"open_count", "open_at_end_count", "open_at_end_amount", "closing"}
OWN = {
    *(
        "stage_order",
        "from_stage_order",
        "to_stage_order",
        "opening",
        "deals_count",
        "revenue_previous",
        "revenue_year_ago",
    ),
    *("won_previous", "plan_revenue", "plan_calls", "plan_average_check"),
    *("manager_lost_count", "usual_lost_count", "usual_stage_lost_count", "workdays"),
}


# What the periods of each grain make up, and the marts whose finest are not days.
COARSER = {"day": ("week", "month"), "month": ("quarter",)}
FINEST = {"mart_lost_reason": "month"}
# Here a period is what a plan or a forecast is about: the plan of a quarter is set by itself.
FORECASTS = {"mart_plan_forecast", "mart_forecast_accuracy"}


def differing(home: Nights, mart: str, finest: str, grain: str) -> Iterator[str]:
    """Queries of the periods of a mart that are not what their finest, days say, add up to, or what
    the last of these has left. A period without a row stands for zeros, an unknown amount for
    nothing."""
    columns = home.connection.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ?", [mart]
    ).fetchall()
    keys = [name for name, kind in columns if kind == "VARCHAR" and name != "period_grain"]
    numbers = {name for name, kind in columns if kind == "BIGINT" or kind.startswith("DECIMAL")}
    sums = sorted(numbers - STOCKS - OWN)
    if sums:
        totals = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in sums)
        query = f"""
            select {", ".join(keys)}, date_trunc('{grain}', period_start) as period, {totals}
            from marts.{mart} where period_grain = '{{}}' group by all
            having ({", ".join(sums)}, 0) != ({"0, " * len(sums)}0)
        """
        days, periods = query.format(finest), query.format(grain)
        yield f"({days} except {periods}) union all ({periods} except {days})"
    for name in sorted(numbers & STOCKS):
        same = " and ".join(f"days.{key} is not distinct from periods.{key}" for key in keys)
        own = ", ".join(f"periods.{key}" for key in keys)
        yield f"""
            select {own}, periods.period_start, periods.{name},
                coalesce(arg_max(days.{name}, days.period_start), 0) as standing
            from marts.{mart} as periods
            left join marts.{mart} as days on {same} and days.period_grain = '{finest}'
                and days.period_start < periods.period_start + interval 1 {grain}
            where periods.period_grain = '{grain}' group by all
            having periods.{name} != standing
        """


@LAWS
@given(
    company=companies,
    other=companies,
    days=st.sets(st.integers(1, 39), max_size=2),
    turned=st.booleans(),
)
def test_a_load_in_several_nights_is_one_load(
    home: Nights, company: Rows, other: Rows, days: set[int], turned: bool
):
    """Days are read a few at a time, over whatever was landed there before."""
    home.forget()
    home.land(company)
    once = home.landed()
    starts = [FIRST, *(FIRST + timedelta(day) for day in sorted(days))]
    ends = [*(start - timedelta(1) for start in starts[1:]), AS_OF]
    windows = list(zip(starts, ends, strict=True))
    home.land(other)
    for window in windows[::-1] if turned else windows:
        home.land(company, window=window)
    assert home.landed() == once


@LAWS
@given(company=companies, other=companies)
def test_a_night_again_finds_what_it_found(home: Nights, company: Rows, other: Rows):
    home.forget()
    home.land(company)
    once = home.landed()
    home.land(company)
    assert home.landed() == once
    home.land(other)
    home.landed()
    home.land(company)
    assert home.landed() == once
