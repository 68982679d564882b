"""One company, through the APIs of three vendors and through files: the same marts, row for row.

The vendors are read in two nights with edits, deletions and merges between them, over connections
that fail now and then, and the second night breaks off in the middle and is begun again. What they
cannot carry is left out of the files; docs/vendor-limits.md lists it.
"""

import random
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from emulators.company import Company
from emulators.faults import Faults, Faulty
from emulators.server import serve
from emulators.town import CRM, Service, town
from parity_kit import build, differences, land_files
from pydantic import TypeAdapter
from starlette.types import Receive, Scope, Send
from vendor_kit import conform_vendor, land_vendor, passing

from orchestration.errors import SourceError
from orchestration.home import Home
from orchestration.settings import Source
from orchestration.sources.vendor import landing

# What a vendor has and the company has not: pipelines of leads, and the one that every portal has.
GAINED = {"amocrm": "('30')", "bitrix24": "('STATUS', '0')", "hubspot": "('lead-pipeline-id')"}


@pytest.fixture(scope="module")
def models(compile_models) -> list[tuple[str, str]]:
    selection = ("resource_type:model", "--exclude", "marts.quality", "staging.vendors")
    return compile_models(*selection, as_of="2026-06-30", time_zone="Europe/Moscow")


class Mortal:
    """A service that is down from the request on whose number it dies."""

    def __init__(self, service: Service, seed: int) -> None:
        self.app = Faulty(service.app, Faults(seed))
        self.dies_at: float = float("inf")
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.asked < self.dies_at:
            await self.app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})


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
    monkeypatch.setattr(landing, "_SLICE_ROWS", 200)
    vendors, sources = Home(tmp_path / "vendors"), {}
    with passing() as time, ExitStack() as stack:
        place = town(company, crm, calls, ads, time.now)
        broken_off = 0
        for seed, (name, service) in enumerate(place.services.items()):
            mortal = Mortal(service, seed)
            url = stack.enter_context(serve(mortal))
            for variable, secret in service.environment(url).items():
                monkeypatch.setenv(variable, secret)
            source = sources[name] = TypeAdapter(Source).validate_python(service.source(url))
            with company.earlier():
                land_vendor(vendors, source, name, company.last_day)
            # Another night is another process, which knows nothing of what this one asked.
            time.sleep(86_400)
            mortal.dies_at = mortal.asked + chance.randint(2, 3)
            with suppress(SourceError):
                land_vendor(vendors, source, name)
                broken_off -= 1
            broken_off += 1
            mortal.dies_at = float("inf")
            time.sleep(3_600)
            land_vendor(vendors, source, name)
        assert broken_off == 3
    beside = land_files(vendors, company, "beside", tmp_path, place.beside)
    conform_vendor(vendors, sources, vendor_models).close()
    build(vendors, {**sources, "beside": beside}, models)

    files = Home(tmp_path / "files")
    whole = land_files(files, company, "whole", tmp_path, place.whole)
    build(files, {"whole": whole}, models)

    gained = {
        "dim_pipeline": f"pipeline_id in {GAINED[crm]}",
        "dim_stage": CRM[crm][0].BESIDES["stages"],
    }
    assert differences(vendors, files, gained) == {}
