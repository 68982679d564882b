"""A night on which every vendor fails, in each of five ways: each failure is a sentence, nothing is
published, and nothing that the night prints, logs or leaves behind outside the warehouse holds a
secret or a client."""

import json
import logging
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
import tomlkit
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kits.shop import voronka_here
from kits.vendors import files_with, passing
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators import bitrix24
from orchestration.emulators.company import Company
from orchestration.emulators.server import serve
from orchestration.emulators.suite import ADS, CALLS, CRM, suite
from orchestration.resources import Night

pytestmark = pytest.mark.long

BUSINESS = {
    "name": "Shop",
    "time_zone": "Europe/Moscow",
    "base_currency": "RUB",
    "as_of": date(2026, 6, 30),
}
CLIENT = ("anna.k@example.org", "+79161234567", "9161234567")
# By way: the error that it ends in, and how its sentence goes.
WAYS = {
    "refused": (ConfigError, r"^refused_\w+: [^\n]* answered 401[^\n]* \(1 attempt\); \w"),
    "down": (SourceError, r"^down_\w+: [^\n]* answered 503 \(\d+ attempts\); run again later$"),
    "page": (SourceError, r"^page_\w+: [^\n]* (not JSON|for people)[^\n]*; run again later"),
    "shape": (
        SourceError,
        r"^shape_\w+: [^\n]* answered 200: [^\n]* \(\d+ attempts?\);"
        r" (the vendor has changed its API|run again later)",
    ),
    "unforeseen": (RuntimeError, "^LookupError: "),
}
_handle = httpx.HTTPTransport.handle_request


@dataclass
class Mirror:
    """Whatever it is asked, it answers this status and this kind of text, which holds all that it
    was asked, and a client."""

    status: int
    kind: str
    signatures: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = (await request.body()).decode()
        # Mango signs what it is asked.
        self.signatures.update(parse_qs(body).get("sign", ()))
        told = f"{request.url} {request.headers} {body} {CLIENT}"
        if "json" in self.kind:
            told = json.dumps({"told": told})
        await Response(told, self.status, media_type=self.kind)(scope, receive, send)


def _break(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
    """Where nobody listens: an error that nobody has foreseen, which tells everything."""
    if request.url.port == 9:
        raise LookupError(f"{request.url} {request.headers.raw} {request.read()!r} {CLIENT}")
    return _handle(transport, request)


def _dense(text: str) -> str:
    return "".join(text.split())


def test_a_night_of_failures_gives_nothing_away(tmp_path: Path, caplog, monkeypatch):
    company = Company(0.01)
    mirrors = {
        "refused": Mirror(401, "text/plain"),
        "down": Mirror(503, "text/html"),
        "page": Mirror(200, "text/html"),
        "shape": Mirror(200, "application/json"),
    }
    sources, secrets = {}, set()
    with passing(), ExitStack() as stack:
        ways = {way: stack.enter_context(serve(one)) for way, one in mirrors.items()}
        ways["unforeseen"] = "http://127.0.0.1:9"
        sets = zip(*([*CRM, "hubspot"], CALLS, [*ADS, "meta"]), strict=True)
        services = [one for kinds in sets for one in suite(company, *kinds).services.values()]
        for way, url in ways.items():
            for service in services:
                source = service.source(url)
                for key, variable in source.items():
                    if key.endswith("_env"):
                        source[key] = f"{variable}_{way}"
                        monkeypatch.setenv(source[key], service.environment(url)[variable])
                sources[f"{way}_{source['type']}"] = source
                secrets |= set(service.environment(url).values())
        config = tmp_path / "voronka.toml"
        config.write_text(tomlkit.dumps({"business": BUSINESS, "sources": sources}))
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", _break)
        failed, hear = {}, Night._failed

        def heard(night: Night, step: str, error: Exception) -> None:
            failed[step.removeprefix("land ")] = error
            hear(night, step, error)

        monkeypatch.setattr(Night, "_failed", heard)
        home = Home(tmp_path / "home")
        with caplog.at_level(logging.DEBUG):
            ended = voronka_here("nightly", "--config", config, "--home", home.root)
    signatures = set().union(*(one.signatures for one in mirrors.values()))
    assert len(sources) == 50 and signatures
    # Each has failed in its own way, which the first of them ended the night with.
    assert failed.keys() == sources.keys()
    ways = {name: WAYS[name.partition("_")[0]] for name in sources}
    tells = {
        "page_yandex_direct": "a page for people, no report",
        "page_google_ads": "check the address in the config that gives the tokens",
        "shape_google_ads": "it gives no token and no reason.*; run again later, or check the addr",
        "shape_bitrix24": "answered 200: neither a result nor an error",
    }
    assert [n for n, error in failed.items() if type(error) is not ways[n][0]] == []
    assert [n for n, error in failed.items() if not re.search(ways[n][1], str(error))] == []
    assert [n for n, said in tells.items() if not re.search(said, str(failed[n]))] == []
    # A person reads the sentence of each, however it is wrapped; the status is that of the first.
    shown = _dense(ended.text)
    assert [one for one in map(str, failed.values()) if _dense(f"✗ {one}") not in shown] == []
    assert ended.status == next(iter(failed.values())).exit_status
    assert not home.published.exists()
    private = [*secrets, bitrix24.CODE, *signatures, *CLIENT]
    for text in (ended.text, caplog.text, *map(str, failed.values())):
        assert [one for one in private if one in text] == []
    assert files_with(home, *private) == []
