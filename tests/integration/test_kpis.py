"""dim_kpi on the demo company: what it says of the marts is so."""

import pytest

from orchestration.kpis import description, registry

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


def test_the_registry_is_published_as_it_is_written(published_marts):
    published = published_marts.sql("from marts.dim_kpi order by kpi_id").df().fillna("")
    written = sorted(registry(), key=lambda kpi: kpi["kpi_id"])
    assert published.to_dict("records") == written


def test_what_is_planned_is_a_kpi(published_marts):
    planned, unknown = published_marts.sql(
        """
        select count(*), count(*) filter (dim_kpi.kpi_id is null)
        from marts.fct_plan left join marts.dim_kpi using (kpi_id)
        """
    ).fetchone()
    assert planned > 0
    assert unknown == 0
