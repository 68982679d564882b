"""dim_kpi on the demo company: what it says of the marts is so, and one word is one number."""

import re
from collections import defaultdict

import pytest

from orchestration.kpis import description, registry

# How each mart is cut into totals that must be alike: months of the whole company.
CUTS = {
    "mart_manager_kpi": ("period_grain = 'month'", "period_start", "''"),
    "mart_department_kpi": ("period_grain = 'month'", "period_start", "scope_type"),
    "mart_call_daily": ("true", "date", "''"),
    "mart_channel_conversion": ("true", "date", "''"),
    "mart_channel_attribution": ("true", "date", "attribution_model"),
}
MODELS = [
    *("first_touch", "last_touch", "last_non_direct"),
    *("linear", "position_based", "time_decay", "markov"),
]
RATIOS = [kpi for kpi in registry() if kpi["denominator_column"]]


@pytest.mark.parametrize("kpi", RATIOS, ids=[kpi["kpi_id"] for kpi in RATIOS])
def test_a_ratio_is_its_formula(published_marts, kpi):
    """Computed again, as it is written, from the columns beside it."""
    found = [
        published_marts.sql(
            f"""
            with both_ways as (
                select
                    {kpi["column_name"]} as published,
                    case when {kpi["denominator_column"]} > 0 then {kpi["formula"]} end as again
                from marts.{mart}
            )
            select count(published), count(*) filter (
                (published is null) <> (again is null)
                or abs(published - again) > 1e-9 * greatest(abs(published), abs(again))
            )
            from both_ways
            """
        ).fetchone()
        for mart in kpi["marts"].split()
    ]
    assert max(compared for compared, _ in found) > 0
    assert [different for _, different in found] == [0] * len(found)


def test_every_kpi_is_published_with_its_whole_definition(published_marts):
    rows = published_marts.sql(
        "select table_name, column_name, comment from duckdb_columns() where schema_name = 'main'"
    ).fetchall()
    comments = {(table, column): comment for table, column, comment in rows}
    expected = {
        (mart, kpi["column_name"]): description(kpi)
        for kpi in registry()
        for mart in kpi["marts"].split()
    }
    assert {key: comments.get(key) for key in expected} == expected


def test_the_registry_is_published_unchanged(published_marts):
    published = published_marts.sql("from marts.dim_kpi order by kpi_id").df().fillna("")
    written = sorted(registry(), key=lambda kpi: kpi["kpi_id"])
    assert published.to_dict("records") == written


def test_every_planned_value_is_a_kpi(published_marts):
    planned, unknown = published_marts.sql(
        """
        select count(*), count(*) filter (dim_kpi.kpi_id is null)
        from marts.fct_plan left join marts.dim_kpi using (kpi_id)
        """
    ).fetchone()
    assert planned > 0
    assert unknown == 0


def months(published_marts, mart: str, expression: str) -> dict[str, dict]:
    """The months in which the expression is not 0, in every cut of the mart that is a whole."""
    rows, day, part = CUTS[mart]
    found: dict[str, dict] = defaultdict(dict)
    for one, month, value in published_marts.sql(
        f"select {part}, cast(date_trunc('month', {day}) as date), round(sum({expression}), 6)"
        f" from marts.{mart} where {rows} group by all having sum({expression}) <> 0"
    ).fetchall():
        found[f"{mart} {one}"][month] = value
    return found


def test_a_kpi_of_one_name_is_one_number_in_every_mart(published_marts):
    """To the last digit, although the demo company has deals in two currencies."""
    added = {
        kpi["column_name"]: set()
        for kpi in registry()
        if kpi["unit"] in ("count", "base_currency", "seconds") and not kpi["denominator_column"]
    }
    for kpi in registry():
        if kpi["column_name"] in added:
            added[kpi["column_name"]] |= {*kpi["marts"].split()} & CUTS.keys()
    # Plans and peers are a scope's own; who was not there before has no row.
    own = re.compile("plan_|gap_|expected_won|.*_(previous|year_ago)$")
    shared = {
        column: marts for column, marts in added.items() if len(marts) > 1 and not own.match(column)
    }
    assert {"revenue", "won_amount", "talk_seconds", "cohort_revenue"} <= shared.keys()
    for column, marts in shared.items():
        found: dict[str, dict] = {}
        for mart in marts:
            found |= months(published_marts, mart, column)
        first, *others = found.values()
        assert first
        assert [other == first for other in others] == [True] * len(others), (column, [*found])


def test_revenue_and_spend_are_the_same_where_models_are_compared(published_marts):
    revenue = months(published_marts, "mart_manager_kpi", "revenue")["mart_manager_kpi "]
    spend = months(published_marts, "mart_channel_conversion", "spend")["mart_channel_conversion "]
    compared = published_marts.sql(
        "select period_start, sum(spend), "
        + ", ".join(f"sum({model}_revenue)" for model in MODELS)
        + " from marts.mart_attribution_compare where period_grain = 'month' group by 1"
    ).fetchall()
    for month, spent, *revenues in compared:
        assert spent == spend.get(month, 0)
        assert set(revenues) == {revenue.get(month, 0)}
