"""mart_manager_kpi on the demo company: counted twice, added up, and searched for its truths."""

import pandas as pd
import pytest

from kits.recounts.manager_gaps import gaps, problems
from kits.recounts.manager_peers import closed_deals, expected_won
from kits.recounts.managers import KEY, of_scope, recount
from kits.recounts.workdays import days_at_work, of_periods
from orchestration.kpis import registry

STAR = ("fct_lead", "fct_deal", "fct_call", "fct_payment", "fct_plan", "dim_date")
# Counted again in manager_peers and call_recount.
PEERS = (
    "expected_won",
    "mix_index",
    "mix_index_ci_low",
    "mix_index_ci_high",
    "adjusted_win_rate",
    "missed_episodes",
    "episodes_called_back",
    "callback_rate",
)
# Counted again in manager_gaps.
GAPS = (
    "gap_revenue",
    "gap_method",
    "gap_planned_leads",
    "gap_effect_leads",
    "gap_effect_conversion",
    "gap_effect_check",
    "gap_effect_refunds",
    "top_gap_kpi",
    "problem_scope",
)
# Counted again in workdays.
WORKDAYS = ("workdays", "is_absence_known", "calls_per_workday")
# Rows of hundredths add up to the exact total; a row differs from its own exact sum by less than
# one hundredth for each manager and day in it.
MONEY = {kpi["column_name"] for kpi in registry() if kpi["unit"] == "base_currency"}
OF_MONEY = {
    *("revenue_change", "revenue_year_change", "value_win_rate"),
    *("plan_completion", "plan_average_check_completion"),
}
COPIED = ("manager_name", "team", "department", "as_of_date")


@pytest.fixture(scope="module")
def published(warehouse) -> pd.DataFrame:
    rows = warehouse.sql("from marts.mart_manager_kpi").df().astype({"won_previous": float})
    return rows.sort_values(KEY).reset_index(drop=True)


@pytest.fixture(scope="module")
def star(warehouse) -> dict[str, pd.DataFrame]:
    return {name: warehouse.sql(f"from marts.{name}").df() for name in STAR}


@pytest.fixture(scope="module")
def recounted(star, published) -> pd.DataFrame:
    return recount(star, published["as_of_date"].iloc[0].date())


def test_rows_exist_exactly_for_days_with_activity(published, recounted):
    pd.testing.assert_frame_equal(published[KEY], recounted[KEY], check_dtype=False)


def test_pandas_counts_every_column_the_same(published, recounted):
    others = {*COPIED, *PEERS, *GAPS, *WORKDAYS}
    columns = [column for column in published.columns if column not in others]
    assert_same(published[columns].set_index(KEY), recounted[columns].set_index(KEY))


def assert_same(found: pd.DataFrame, again: pd.DataFrame) -> None:
    money, ratios = (found.columns[found.columns.isin(names)] for names in (MONEY, OF_MONEY))
    others = found.columns.difference([*money, *ratios])
    for columns, rtol, atol in ((money, 0, 0.05), (ratios, 0, 1e-5), (others, 1e-9, 1e-8)):
        pd.testing.assert_frame_equal(
            found[columns], again[columns], check_dtype=False, rtol=rtol, atol=atol
        )


def test_expected_wins_are_those_of_the_peers(warehouse, published):
    months = published.query("period_grain == 'month' and period_start >= '2025-07'").set_index(KEY)
    again = expected_won(closed_deals(warehouse)).reindex(months.index)
    pd.testing.assert_frame_equal(months[list(again)], again, rtol=1e-9)
    ratio = months["mix_index"] / months["win_rate"]
    for bound in ("low", "high"):
        assert (
            months[f"mix_index_ci_{bound}"] - ratio * months[f"win_rate_ci_{bound}"]
        ).abs().max() < 1e-9


@pytest.mark.parametrize("scope_type", ["team", "department", "company"])
def test_pandas_counts_every_scope_the_same(warehouse, star, published, scope_type):
    """Each scope counted from the facts as if it were one manager."""
    managers = warehouse.sql("from marts.dim_manager").df().set_index("manager_id")
    named = managers.assign(company="company")[scope_type].fillna("unassigned")
    recounted = recount(of_scope(star, scope_type, named), published["as_of_date"].iloc[0].date())
    found = warehouse.sql("from marts.mart_department_kpi").df().query("scope_type == @scope_type")
    found = found.rename(columns={"scope_id": "manager_id"}).astype({"won_previous": float})
    found = found.set_index(KEY).sort_index()
    columns = [column for column in found.columns if column in recounted.columns]
    assert_same(found[columns], recounted.set_index(KEY)[columns])


def test_working_days_come_out_the_same_by_hand(warehouse, star, published):
    """From the absences as they were delivered, day by day."""
    absences = warehouse.sql("from landing.absences").df()
    managers = warehouse.sql("from marts.dim_manager").df()
    sellers = {*star["fct_lead"]["owner_id"], *star["fct_call"]["manager_id"]}
    sellers |= {*star["fct_deal"]["owner_id_current"]}
    sold = managers[managers["manager_id"].isin(sellers)]
    days = days_at_work(sold, absences, star["dim_date"], published["as_of_date"].iloc[0])
    departments = warehouse.sql("from marts.mart_department_kpi").df()
    scopes = {"manager": published.rename(columns={"manager_id": "scope_id"})}
    scopes |= dict(iter(departments.groupby("scope_type")))
    for scope_type, found in scopes.items():
        known = found["scope_id"].ne("unassigned")
        assert found["workdays"].notna().equals(known)
        again = of_periods(days, managers, scope_type, found)
        assert found.loc[known, "workdays"].tolist() == again[known].tolist()
        per_day = (found["calls_out"] / again).where(known & (again > 0))
        assert per_day.notna().sum() > 500
        pd.testing.assert_series_equal(
            found["calls_per_workday"], per_day, check_names=False, rtol=1e-12
        )


def test_absences_are_known_from_the_first_one_on(warehouse, published):
    first = warehouse.sql("select min(first_on) from landing.absences").fetchone()[0]
    days = published.query("period_grain == 'day' and manager_id != 'unassigned'")
    later = days["period_start"] >= pd.Timestamp(first)
    assert 0 < later.sum() < len(days)
    assert days["is_absence_known"].tolist() == later.tolist()


def test_gaps_and_problems_come_out_the_same_by_hand(warehouse, star, published, recounted):
    managers = warehouse.sql("from marts.dim_manager").df().set_index("manager_id")
    department = managers["department"].fillna("unassigned")
    as_of = published["as_of_date"].iloc[0].date()
    own, groups = recounted, recount(of_scope(star, "department", department), as_of)
    found = published.set_index(KEY)
    found_groups = (
        warehouse.sql("from marts.mart_department_kpi where scope_type = 'department'")
        .df()
        .rename(columns={"scope_id": "manager_id"})
        .set_index(KEY)
    )
    for grain in ("month", "week"):
        expected = found["expected_won"].xs(grain, level="period_grain")
        by_manager, theirs = problems(own, groups, grain, department, expected)
        assert found["problem_scope"].xs(grain, level="period_grain").to_dict() == by_manager
        assert found_groups["problem_scope"].xs(grain, level="period_grain").to_dict() == theirs
    of_gaps = list(GAPS[:-1])
    for rows, shown in ((own, found), (groups, found_groups)):
        again = gaps(rows)
        assert not shown.drop(index=again.index)[of_gaps].notna().any(axis=None)
        pd.testing.assert_frame_equal(
            shown[of_gaps].reindex(again.index).astype(again.dtypes),
            again,
            atol=0.05,
            rtol=0,
        )


def test_the_parts_of_a_gap_are_the_gap(published_marts):
    for mart in ("mart_manager_kpi", "mart_department_kpi"):
        split, different = published_marts.sql(
            f"""
            select count(gap_method), count(*) filter (
                gap_effect_leads + gap_effect_conversion + gap_effect_check + gap_effect_refunds
                <> gap_revenue
                or gap_revenue <> revenue - plan_revenue
                or (gap_method is null) <> (gap_effect_check is null)
            )
            from marts.{mart}
            """
        ).fetchone()
        assert split > 100
        assert different == 0


def test_names_and_teams_are_the_managers_own(warehouse, published):
    managers = warehouse.sql("from marts.dim_manager").df().set_index("manager_id")
    shown = published.set_index("manager_id")
    assert not shown["manager_name"].isna().any()
    for column, own in {"manager_name": "name", "team": "team", "department": "department"}.items():
        assert shown[column].equals(managers[own].reindex(shown.index).rename(column))


def test_days_add_up_to_months(warehouse):
    """Counts and sums of the days of each month are those of the month, manager by manager."""
    different = warehouse.sql(
        """
        with summed as (
            select
                manager_id, period_grain, date_trunc('month', period_start) as month,
                sum(leads_taken), sum(leads_from_calls), sum(leads_timed),
                sum(leads_never_contacted), sum(deals_created), sum(won_count),
                sum(lost_count), coalesce(sum(revenue), 0), sum(new_won_count),
                sum(new_closed_count), sum(returning_won_count), sum(returning_closed_count),
                sum(calls_out), sum(calls_out_connected), sum(calls_in), sum(calls_in_answered),
                sum(calls_in_missed), sum(talk_seconds), sum(meaningful_calls),
                arg_max(open_count, period_start)
            from marts.mart_manager_kpi where period_grain in ('day', 'month') group by all
        ),
        days as (select * exclude (period_grain) from summed where period_grain = 'day'),
        months as (select * exclude (period_grain) from summed where period_grain = 'month')
        (from days except from months) union all (from months except from days)
        """
    ).fetchall()
    # A month may have a plan and no day with an event.
    assert [row for row in different if any(row[2:])] == []


def test_managers_add_up_to_the_facts(warehouse):
    """Whatever belongs to nobody is counted for `unassigned`, so nothing is lost on the way."""
    marts, facts = warehouse.sql(
        """
        select
            sum(leads_taken), sum(deals_created), sum(won_count), sum(lost_count), sum(revenue),
            sum(calls_out), sum(calls_in), sum(talk_seconds),
            sum(open_count) filter (where period_start = as_of_date)
        from marts.mart_manager_kpi where period_grain = 'day'
        union all
        select
            (select count(*) from marts.fct_lead where not is_test and not is_spam),
            (select count(*) from marts.fct_deal where not is_test),
            (select count(*) from marts.fct_deal where not is_test and status = 'won'),
            (select count(*) from marts.fct_deal where not is_test and status = 'lost'),
            (
                select round(sum(amount_base) - any_value(refunds), 2) from marts.fct_deal, (
                    select sum(payments.amount_base) as refunds
                    from marts.fct_payment as payments
                    inner join marts.fct_deal as deals using (deal_id)
                    where is_refund and not is_test and status = 'won'
                ) where not is_test and status = 'won'
            ),
            (select count(*) from marts.fct_call where direction = 'out' and not is_test),
            (select count(*) from marts.fct_call where direction = 'in' and not is_test),
            (
                select sum(talk_seconds) from marts.fct_call
                where status = 'answered' and not is_test
            ),
            (select count(*) from marts.fct_deal
                where not is_test and status = 'open' and deal_id not like 'order:%')
        """
    ).fetchall()
    assert marts == facts


def test_the_mix_index_turns_the_pair_round(published_marts, truths):
    """Who of the two wins more of all deals wins less than the other at an equal mix."""
    found = dict(
        published_marts.sql(
            """
            select manager_id, sum(won_count) / sum(expected_won)
            from marts.mart_manager_kpi where period_grain = 'month' and mix_index is not null
            group by all
            """
        ).fetchall()
    )
    pair = truths["mix_pair"]
    assert found[pair["better_overall"]] < 1 < found[pair["better_in_both_client_types"]]


def test_every_department_problem_is_a_planted_one(published_marts, truths):
    """The dip of the department, the stage that leaks in the other one, and the month in which one
    manager lowers the average of the department."""
    found = published_marts.sql(
        """
        select scope_id, strftime(period_start, '%Y-%m') as month from marts.mart_department_kpi
        where scope_type = 'department' and period_grain = 'month' and problem_scope = 'department'
        order by period_start
        """
    ).fetchall()
    dip = truths["department_dip"]
    assert found[0] == (dip["department"], dip["month"])
    for department, month in found[1:]:
        if department == dip["department"]:
            assert month == truths["manager_dip"]["month"]
        else:
            assert month >= truths["leaky_stage"]["from_month"]


def test_the_problem_of_one_manager_is_not_one_of_the_department(published_marts, truths):
    """The furthest below the peers of all individual problems; the others are of the manager whom
    only the mix of clients makes look good."""
    (worst, *others) = published_marts.sql(
        """
        select manager_id, strftime(period_start, '%Y-%m') from marts.mart_manager_kpi
        where period_grain = 'month' and problem_scope = 'individual' order by mix_index
        """
    ).fetchall()
    planted = truths["manager_dip"]
    assert worst == (planted["user_id"], planted["month"])
    assert {manager for manager, _ in others} == {truths["mix_pair"]["better_overall"]}
