"""The KPI registry: whole, in closed lists, and the one place of every definition."""

from collections import Counter
from itertools import chain

import pytest
import yaml

from orchestration.kpis import BLOCKS, UNITS, blocks, registry

KPIS = registry()
MARTS = {file.stem: file for file in BLOCKS.parent.rglob("mart_*.yml")}
COLUMNS = {
    mart: {
        column["name"]: column["description"]
        for column in yaml.safe_load(file.read_text())["models"][0]["columns"]
    }
    for mart, file in MARTS.items()
}


def test_the_descriptions_are_those_of_the_registry():
    assert BLOCKS.read_text(encoding="utf-8") == blocks(), "say `make docs`"


def test_no_kpi_is_listed_twice():
    columns = [(mart, kpi["column_name"]) for kpi in KPIS for mart in kpi["marts"].split()]
    for names in ([kpi["kpi_id"] for kpi in KPIS], columns):
        assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("kpi", KPIS, ids=[kpi["kpi_id"] for kpi in KPIS])
def test_a_kpi_is_whole(kpi):
    may_be_empty = {"numerator_column", "denominator_column", "details"}
    assert {name for name, value in kpi.items() if not value} <= may_be_empty
    assert kpi["unit"] in UNITS
    assert kpi["good_direction"] in {"up", "down", "none"}
    for mart in kpi["marts"].split():
        for name in ("column_name", "numerator_column", "denominator_column"):
            assert not kpi[name] or kpi[name] in COLUMNS[mart]
    if kpi["numerator_column"]:
        assert kpi["formula"].endswith(f"{kpi['numerator_column']} / {kpi['denominator_column']}")


@pytest.mark.parametrize("kpi", KPIS, ids=[kpi["kpi_id"] for kpi in KPIS])
def test_its_columns_are_described_by_it(kpi):
    found = {COLUMNS[mart][kpi["column_name"]] for mart in kpi["marts"].split()}
    assert found == {f"{{{{ doc('kpi_{kpi['kpi_id']}') }}}}"}


def test_a_block_describes_the_columns_of_its_own_kpi_only():
    described = Counter(
        description
        for description in chain.from_iterable(columns.values() for columns in COLUMNS.values())
        if "doc('kpi_" in description
    )
    assert described == Counter(
        f"{{{{ doc('kpi_{kpi['kpi_id']}') }}}}" for kpi in KPIS for _ in kpi["marts"].split()
    )
