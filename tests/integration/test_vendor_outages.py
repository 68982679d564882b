"""First loads that stop at some request, because the network is down, the token has expired or the
vendor answers 429 for hours: begun again, they end as one that was left alone."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from starlette.types import ASGIApp, Receive, Scope, Send

from kits.vendors import land_vendor, passing, same
from orchestration.core.errors import VoronkaError
from orchestration.core.home import Home
from orchestration.emulators.company import Company
from orchestration.emulators.server import serve
from orchestration.emulators.suite import ADS, CALLS, CRM, suite
from orchestration.settings import Source
from orchestration.sources.connectors import slices

OUTAGES = (401, 429, 503)


@dataclass
class Failing:
    """A service that answers `status` from the request number `at` on, if that is set."""

    app: ASGIApp
    status: int = 0
    at: int = 0
    asked: int = 0
    refused: int = field(default=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if not self.at or self.asked < self.at:
            await self.app(scope, receive, send)
            return
        self.refused += 1
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    yield Company(0.02)


@pytest.mark.parametrize("kind", [*CRM, *CALLS, *ADS])
def test_a_first_load_goes_on_after_every_outage(kind, company, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(slices, "_SLICE_ROWS", 300)
    name = "crm" if kind in CRM else "pbx" if kind in CALLS else "ads"
    town_of = {"crm": "amocrm", "pbx": "uis", "ads": "meta"} | {name: kind}
    with passing() as time:
        service = suite(company, *town_of.values(), time.now).services[name]
        failing = Failing(service.app)
        with serve(failing) as url:
            for variable, secret in service.environment(url).items():
                monkeypatch.setenv(variable, secret)
            source = TypeAdapter(Source).validate_python(service.source(url))
            clean, home = Home(tmp_path / "clean"), Home(tmp_path / "home")
            land_vendor(clean, source, name)
            whole, chance = failing.asked, random.Random(kind)
            for status in OUTAGES:
                failing.status, failing.at = status, failing.asked + chance.randint(1, whole)
                try:
                    land_vendor(home, source, name)
                except VoronkaError as error:
                    assert failing.refused and "\n" not in f"{error}"
                # Otherwise it has ended before that request.
                failing.at = 0
                time.sleep(3_600)
            assert failing.refused
            land_vendor(home, source, name)
            same(home, clean, name)
