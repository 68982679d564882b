"""Column lineage is read out of SQL: only columns that are there, and none made up."""

from dagster import AssetKey, TableColumnDep

from orchestration.assets import lineage
from orchestration.assets.lineage import column_lineage, copied, fitted

DEALS = ("marts", "fct_deal")
STAGES = ("marts", "dim_stage")
PARENTS = {
    DEALS: {"deal_id": "varchar", "stage_id": "varchar", "amount": "decimal(38,10)"},
    STAGES: {"stage_id": "varchar", "semantics": "varchar"},
}


def read(sql: str) -> dict[str, set[tuple[str, str]]] | None:
    found = column_lineage(sql, PARENTS)
    return found and {
        column: {(dep.asset_key.path[1], dep.column_name) for dep in deps}
        for column, deps in found.deps_by_column.items()
    }


def test_columns_are_followed_through_ctes_stars_joins_and_unions():
    assert read(
        """
        with deals as (select * from "warehouse"."marts"."fct_deal"),
        stages as (select * from "warehouse"."marts"."dim_stage"),
        joined as (
            select deals.*, stages.semantics from deals join stages using (stage_id)
        )
        select
            semantics,
            count(*) as deals,
            sum(amount) filter (where semantics = 'won') as won_amount,
            date '2026-06-30' as as_of_date
        from joined group by semantics
        union all
        select deal_id, 1, 0, null from deals
        """
    ) == {
        "semantics": {("dim_stage", "semantics"), ("fct_deal", "deal_id")},
        "deals": set(),
        "won_amount": {("fct_deal", "amount"), ("dim_stage", "semantics")},
        "as_of_date": set(),
    }


def test_a_table_that_is_not_a_parent_is_left_out():
    assert read("select deal_id, other.x from marts.fct_deal, elsewhere.other") == {
        "deal_id": {("fct_deal", "deal_id")},
        "x": set(),
    }


def test_rows_that_are_only_counted_are_no_column():
    assert read("select n from (select count(*) as n from marts.fct_deal)") == {"n": set()}
    assert read("with one as (from marts.fct_deal) select stage_id from one") == {
        "stage_id": {("fct_deal", "stage_id")}
    }


def test_sql_that_cannot_be_read_has_no_lineage():
    assert read("select from where") is None


def test_a_copy_has_the_columns_of_its_table():
    assert copied(DEALS, {"amount": "decimal(38,10)"}).deps_by_column == {
        "amount": [TableColumnDep(AssetKey(["marts", "fct_deal"]), "amount")]
    }


def test_a_model_in_python_reads_all_that_it_is_given():
    columns = fitted(["p_alive"], {STAGES: PARENTS[STAGES]}).deps_by_column
    assert columns == {
        "p_alive": [
            TableColumnDep(AssetKey([*STAGES]), "semantics"),
            TableColumnDep(AssetKey([*STAGES]), "stage_id"),
        ]
    }


def test_lineage_is_kept_from_night_to_night(tmp_path, monkeypatch):
    """Another day is no other query; another query is read, and one that is gone is removed."""
    file = tmp_path / "lineage.json"
    sql = "select amount, date '{day}' as as_of_date from marts.fct_deal"

    def night(*queries: str) -> list[str]:
        read_anew = []

        def read(sql, named):
            read_anew.append(sql)
            return {"amount": [("marts", "fct_deal", "amount")]}

        monkeypatch.setattr(lineage, "_read_columns", read)
        kept = lineage.KeptLineage(file)
        for query in queries:
            (dep,) = kept.of(query, PARENTS).deps_by_column["amount"]
            assert (dep.asset_key.path, dep.column_name) == ([*DEALS], "amount")
        kept.write(whole=True)
        return read_anew

    other = "select amount from marts.fct_deal"
    assert night(sql.format(day="2026-06-29"), other) == [sql.format(day="2026-06-29"), other]
    assert night(sql.format(day="2026-06-30")) == []
    assert night(sql.format(day="2026-07-01"), other) == [other]
    file.write_text("half a fi")
    assert night(other) == [other]
