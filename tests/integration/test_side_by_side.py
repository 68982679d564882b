"""Sources that are landed side by side: as alone, only at the same time."""

import threading
from functools import partial
from unittest.mock import Mock

import pytest
from dagster import AssetKey
from pydantic import TypeAdapter
from starlette.types import ASGIApp, Receive, Scope, Send

from kits.vendors import land_vendor, passing, same
from orchestration.assets.raw import _of_run
from orchestration.core.errors import SourceError
from orchestration.core.home import Home
from orchestration.emulators.company import Company
from orchestration.emulators.server import serve
from orchestration.emulators.suite import suite
from orchestration.settings import Source
from orchestration.sources.connectors import slices
from orchestration.sources.side_by_side import SideBySide


def quiet(said: object) -> None:
    pass


class Meeting:
    """A service that answers no first request before the others of the meeting are asked, too."""

    def __init__(self, app: ASGIApp, met: threading.Barrier) -> None:
        self._app, self._met, self._is_first = app, met, True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_first and scope["type"] == "http":
            self._is_first = False
            self._met.wait(timeout=60)
        await self._app(scope, receive, send)


def test_two_vendors_are_asked_at_once_and_land_what_they_land_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(slices, "_SLICE_ROWS", 300)
    company = Company(0.02)
    met = threading.Barrier(3)
    with passing() as time:
        services = suite(company, "amocrm", "uis", "meta", time.now).services
        with (
            serve(Meeting(services["crm"].app, met)) as crm,
            serve(Meeting(services["pbx"].app, met)) as pbx,
            serve(Meeting(services["ads"].app, met)) as ads,
        ):
            urls = {"crm": crm, "pbx": pbx, "ads": ads}
            sources = {}
            for name, url in urls.items():
                for variable, secret in services[name].environment(url).items():
                    monkeypatch.setenv(variable, secret)
                keys = services[name].source(url)
                sources[name] = TypeAdapter(Source).validate_python(keys)
            together, landings = Home(tmp_path / "together"), SideBySide()
            for name, source in sources.items():
                landings.begin(
                    name,
                    lambda say, name=name, source=source: land_vendor(
                        together, source, name, say=say
                    ),
                )
            loads = {name: landings.ended(name, quiet) for name in sources}
            for name, source in sources.items():
                alone = Home(tmp_path / name)
                expected = land_vendor(alone, source, name)
                same(together, alone, name)
                counts = [(one.entity, one.rows_loaded) for one in loads[name]]
                assert counts == [(one.entity, one.rows_loaded) for one in expected]


def test_an_error_is_that_of_its_source_alone():
    def fail(say):
        raise SourceError("crm: the network is down")

    landings = SideBySide()
    landings.begin("crm", fail)
    landings.begin("pbx", lambda say: [])
    with pytest.raises(SourceError, match="crm: the network is down"):
        landings.ended("crm", quiet)
    assert landings.ended("pbx", quiet) == []


def test_a_run_that_is_interrupted_ends_what_is_still_read():
    told, landings = [], SideBySide()
    gone = threading.Event()

    def read(say):
        try:
            while True:
                say("crm: deals since 2024-01-01")
                gone.wait(0.01)
        finally:
            gone.set()

    landings.begin("crm", read)

    def interrupt(said):
        told.append(said)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        landings.ended("crm", interrupt)
    landings.stop()
    assert gone.is_set()
    assert told == [{"crm": "crm: deals since 2024-01-01"}]


def test_only_the_sources_of_the_run_are_read():
    tables = {"crm": ["deals", "leads"], "pbx": ["calls"]}
    sources = {}
    for name, names in tables.items():
        config = sources[name] = Mock()
        config.tables = [Mock() for _ in names]
        for table, of in zip(config.tables, names, strict=True):
            table.name = of
    of_run = partial(_of_run, Mock(settings=Mock(sources=sources)))
    assert of_run(Mock(asset_selection=None, step_keys_to_execute=None)) == ["crm", "pbx"]
    chosen = {AssetKey(["raw", "pbx", "calls"]), AssetKey(["marts", "mart_call_daily"])}
    assert of_run(Mock(asset_selection=chosen, step_keys_to_execute=None)) == ["pbx"]
    again = ["land_crm", "build"]
    assert of_run(Mock(asset_selection=None, step_keys_to_execute=again)) == ["crm"]
