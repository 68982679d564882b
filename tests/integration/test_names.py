"""Names beside ids: someone with only a BI tool reads a mart without joining a dimension."""

import pytest

# By column of an id: what names it. Its key in the published tables, where the names are, and the
# columns of names.
NAMES = {
    "manager_id": (
        ("manager_id",),
        "dim_manager",
        {"manager_name": "name", "department": "department"},
    ),
    "pipeline_id": (("pipeline_id",), "dim_pipeline", {"pipeline_name": "name"}),
    **{
        f"{move}stage_id": (
            ("pipeline_id", f"{move}stage_id"),
            "dim_stage",
            {f"{move}stage_name": "stage_name"},
        )
        for move in ("", "from_", "to_")
    },
    "product_id": (("product_id",), "dim_product", {"product_name": "name"}),
    "campaign_id": (
        ("platform", "campaign_id"),
        "dim_campaign",
        {"campaign_name": "campaign_name"},
    ),
    "kpi_id": (("kpi_id",), "dim_kpi", {"kpi_name": "name_en", "kpi_name_ru": "name_ru"}),
}
# The id is of a manager where its type says so, else it is a name itself.
MIXED = {
    "scope_id": ("scope_type", "scope_name"),
    "slice_value": ("slice_type", "slice_name"),
}
UNNAMED = {
    "customer_id": "no name of a client is published",
    "deal_id": "a deal is known by its number in the CRM",
    "finding_id": "a hash that tells findings apart; the sentences say what was found",
    "subject_id": "the sentences of a finding name its subject",
    "rule_id": "a closed list of words: the rules of hygiene",
    "check_id": "a closed list of words: the checks of the gates",
}


@pytest.fixture(scope="module")
def marts(published_marts) -> dict[str, list[str]]:
    """By name of each published mart: its columns, in order."""
    columns: dict[str, list[str]] = {}
    for mart, column in published_marts.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'main'"
        " and table_name like 'mart\\_%' escape '\\' order by table_name, column_index"
    ).fetchall():
        columns.setdefault(mart, []).append(column)
    return columns


@pytest.fixture(scope="module")
def declared(parsed) -> dict[str, list[str]]:
    """The same of every mart of the project, those of quality too, by its contract."""
    models = [node for node in parsed.nodes.values() if node.name.startswith("mart_")]
    return {node.name: [*node.columns] for node in models if node.resource_type.value == "model"}


def test_every_id_of_a_mart_has_its_name_beside_it(declared):
    assert len(declared) >= 30
    lacking, seen = [], set()
    for mart, columns in declared.items():
        ids = [column for column in columns if column.endswith("_id") or column in MIXED]
        seen.update(ids)
        for column in ids:
            names = [MIXED[column][1]] if column in MIXED else [*NAMES.get(column, ["", "", {}])[2]]
            if column not in UNNAMED and not (names and {*names} <= {*columns}):
                lacking.append(f"{mart}.{column}")
    assert lacking == [], "add the names by the macro `named`, or say in UNNAMED why there are none"
    assert seen == NAMES.keys() | MIXED.keys() | UNNAMED.keys()


def test_a_name_is_that_of_the_dimension_and_unknown_ids_have_none(marts, published_marts):
    """Looked up in Python, row by row of what a mart has."""
    compared = 0
    for mart, columns in marts.items():
        for column in NAMES.keys() & {*columns}:
            key, dimension, names = NAMES[column]
            keys = ", ".join(name.removeprefix("from_").removeprefix("to_") for name in key)
            known: dict[tuple, set] = {}
            for *row, name in published_marts.execute(
                f"select distinct {keys}, [{', '.join(names.values())}] from {dimension}"
            ).fetchall():
                known.setdefault(tuple(row), set()).add(tuple(name))
            for *row, name in published_marts.execute(
                f"select distinct {', '.join(key)}, [{', '.join(names)}] from {mart}"
            ).fetchall():
                nothing = {(None,) * len(names)}
                assert known.get(tuple(row), nothing) == {tuple(name)}, (mart, column, row)
                compared += 1
    assert compared > 500


def test_a_scope_and_a_slice_are_named_by_their_type(marts, published_marts):
    managers = dict(published_marts.execute("select manager_id, name from dim_manager").fetchall())
    compared = 0
    for mart, columns in marts.items():
        for column in MIXED.keys() & {*columns}:
            kind, name = MIXED[column]
            for kind_of_row, value, found in published_marts.execute(
                f"select distinct {kind}, {column}, {name} from {mart}"
            ).fetchall():
                assert found == (managers.get(value) if kind_of_row == "manager" else value)
                compared += 1
    assert compared > 50
