"""One company, through the APIs of three vendors and through files: the same marts, row for row.

The vendors are read in two nights with edits, deletions and merges between them, over connections
that fail now and then. The second night is killed while a vendor is asked, begun again, killed
while a slice is landed, and begun again. What the vendors cannot carry is left out of the files;
docs/vendor-limits.md lists it.
"""

import random
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest
from pydantic import TypeAdapter

from kits.kills import Deadly, Night, copied
from kits.parity import build, differences, land_files
from kits.vendors import conform_vendor, land_vendor, passing
from orchestration.assets.models import INPUT_MODELS
from orchestration.core.home import Home
from orchestration.emulators.company import Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.server import serve
from orchestration.emulators.suite import CRM, suite
from orchestration.settings import Source

pytestmark = pytest.mark.long

# What a vendor has and the company has not: pipelines of leads, and the one that every portal has.
GAINED = {"amocrm": "('30')", "bitrix24": "('STATUS', '0')", "hubspot": "('lead-pipeline-id')"}


@pytest.fixture(scope="module")
def models(compile_models) -> list[tuple[str, str]]:
    selection = ("resource_type:model", "--exclude", "marts.quality", *INPUT_MODELS)
    return compile_models(*selection, as_of="2026-06-30", time_zone="Europe/Moscow")


@pytest.mark.parametrize(
    "crm, calls, ads",
    [
        ("amocrm", "uis", "yandex_direct"),
        ("bitrix24", "mango", "google_ads"),
        ("hubspot", "aircall", "meta"),
    ],
)
def test_the_marts_are_those_of_files(
    crm, calls, ads, tmp_path: Path, vendor_models, models, monkeypatch
):
    company, chance = Company(0.02), random.Random(crm)
    vendors, sources = Home(tmp_path / "vendors"), {}
    with passing() as time, ExitStack() as stack:
        place = suite(company, crm, calls, ads, time.now)
        for seed, (name, service) in enumerate(place.services.items()):
            deadly, faults = Deadly(service.app), Faults(seed)
            url = stack.enter_context(serve(Faulty(deadly, faults)))
            environment = service.environment(url)
            for variable, secret in environment.items():
                monkeypatch.setenv(variable, secret)
            source = sources[name] = TypeAdapter(Source).validate_python(service.source(url))
            with company.earlier():
                land_vendor(vendors, source, name, company.last_day)
            time.sleep(86_400)
            night = Night(deadly, source, name, environment, time.ahead, slice_rows=200)
            for time_of_death in ("while it asks", "while it lands"):
                # A night that fails less asks less: what is counted is there in the other one too.
                # What landed before a kill is not landed again: it is counted anew.
                with patch.object(faults, "share", 0):
                    aside = copied(vendors, tmp_path / f"{name} {time_of_death}")
                    moments = night.rehearse(aside)
                lands = sorted(moments.keys() - {"asked"})
                kind = "asked" if time_of_death == "while it asks" else chance.choice(lands)
                assert night.die(vendors, kind, chance.randint(1, moments[kind]))
                # Another night is another process, which knows nothing of what was asked.
                time.sleep(3_600)
            land_vendor(vendors, source, name)
    beside = land_files(vendors, company, "beside", tmp_path, place.beside)
    conform_vendor(vendors, sources, vendor_models).close()
    build(vendors, {**sources, "beside": beside}, models)

    files = Home(tmp_path / "files")
    whole = land_files(files, company, "whole", tmp_path, place.whole)
    build(files, {"whole": whole}, models)

    gained = {
        "dim_pipeline": f"pipeline_id in {GAINED[crm]}",
        "dim_stage": CRM[crm][0].BESIDES["stages"],
        # Events of leads make a funnel of their own, and tell when leads of the ladder were lost.
        "fct_lead_stage_visit": "true",
        "mart_funnel_stage": f"pipeline_id in {GAINED[crm]} or pipeline_id = 'leads'",
    }
    assert differences(vendors, files, gained) == {}
