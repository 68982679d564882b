"""A night on which every vendor fails, in each of three ways: nothing that it prints, logs or
leaves behind outside the warehouse holds a secret or a client."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import tomlkit
from company import voronka_here
from emulators import bitrix24
from emulators.company import Company
from emulators.server import serve
from emulators.town import ADS, CALLS, CRM, town
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send
from vendor_kit import files_with, passing

from orchestration.home import Home

BUSINESS = {
    "name": "Shop",
    "time_zone": "Europe/Moscow",
    "base_currency": "RUB",
    "as_of": date(2026, 6, 30),
}
CLIENT = ("anna.k@example.org", "+79161234567", "9161234567")
_handle = httpx.HTTPTransport.handle_request


@dataclass
class Mirror:
    """Whatever it is asked, it refuses the token (401) or gives a page for people (200); both hold
    all that it was asked, and a client."""

    status: int
    signatures: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = (await request.body()).decode()
        # Mango signs what it is asked.
        self.signatures.update(parse_qs(body).get("sign", ()))
        told = f"{request.url} {request.headers} {body} {CLIENT}"
        answer = PlainTextResponse(told, 401) if self.status == 401 else HTMLResponse(told)
        await answer(scope, receive, send)


def _break(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
    """Where nobody listens: an error that nobody has foreseen, which tells everything."""
    if request.url.port == 9:
        raise LookupError(f"{request.url} {request.headers.raw} {request.read()!r} {CLIENT}")
    return _handle(transport, request)


def test_a_night_of_failures_gives_nothing_away(tmp_path: Path, caplog, monkeypatch):
    company, mirrors = Company(0.01), {"refused": Mirror(401), "page": Mirror(200)}
    sources, secrets = {}, set()
    with passing(), ExitStack() as stack:
        ways = {way: stack.enter_context(serve(one)) for way, one in mirrors.items()}
        ways["unforeseen"] = "http://127.0.0.1:9"
        sets = zip(*([*CRM, "hubspot"], CALLS, [*ADS, "meta"]), strict=True)
        services = [one for kinds in sets for one in town(company, *kinds).services.values()]
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
        home = Home(tmp_path / "home")
        with caplog.at_level(logging.DEBUG):
            ended = voronka_here("nightly", "--config", config, "--home", home.root)
    signatures = mirrors["refused"].signatures | mirrors["page"].signatures
    assert len(sources) == 30 and signatures
    assert ended.status in (2, 3), ended.text
    # It did come to each of them.
    assert [name for name in sources if f"land {name}" not in ended.text] == []
    private = [*secrets, bitrix24.CODE, *signatures, *CLIENT]
    assert [text for text in private if text in ended.text] == []
    assert [text for text in private if text in caplog.text] == []
    assert files_with(home, *private) == []
