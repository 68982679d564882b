"""One company, through the APIs of three vendors and through files: the same marts, row for row."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from emulators.company import Company
from emulators.server import serve
from emulators.town import town
from parity_kit import build, differences, land_files
from pydantic import TypeAdapter
from vendor_kit import conform_vendor, land_vendor, passing

from orchestration.home import Home
from orchestration.settings import Source

ZONE = "Europe/Moscow"
# Tables that hold what a vendor has and the company has not: its rows are left out.
GAINED = {
    "amocrm": {
        "dim_pipeline": "pipeline_id = '30'",
        "dim_stage": "pipeline_id = '30' or stage_name = 'Incoming'",
    },
}


@pytest.fixture(scope="module")
def models(compile_models) -> list[tuple[str, str]]:
    left_out = ("--exclude", "marts.quality", "staging.vendors")
    return compile_models("resource_type:model", *left_out, as_of="2026-06-30", time_zone=ZONE)


@pytest.mark.parametrize(
    "crm, calls, ads",
    [
        ("amocrm", "uis", "yandex_direct"),
        ("hubspot", "aircall", "meta"),
    ],
)
def test_the_marts_are_those_of_files(
    crm, calls, ads, tmp_path: Path, vendor_models, models, monkeypatch
):
    company = Company(0.02)
    vendors = Home(tmp_path / "vendors")
    sources = {}
    with passing() as time, ExitStack() as stack:
        place = town(company, crm, calls, ads, time.now)
        for name, service in place.services.items():
            for variable, secret in service.secrets.items():
                monkeypatch.setenv(variable, secret)
            url = stack.enter_context(serve(service.app))
            sources[name] = TypeAdapter(Source).validate_python(service.source(url))
            land_vendor(vendors, sources[name], name)
    beside = land_files(vendors, company, "beside", tmp_path, place.beside)
    conform_vendor(vendors, sources, vendor_models).close()
    build(vendors, {**sources, "beside": beside}, models)

    files = Home(tmp_path / "files")
    whole = land_files(files, company, "whole", tmp_path, place.whole)
    build(files, {"whole": whole}, models)

    assert differences(vendors, files, GAINED.get(crm, {})) == {}
