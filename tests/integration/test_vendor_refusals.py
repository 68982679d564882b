"""What a vendor says to an account that it does not know, to a right that was taken back and to a
quota that is used up, in its own words: each is one sentence with its exit status, no row that was
landed is lost, and a night that a quota broke off ends the next day as if nothing had been."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import duckdb
import pytest
from pydantic import TypeAdapter
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kits.vendors import land_vendor, passing, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators import bitrix24
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.server import serve
from orchestration.emulators.suite import ADS, CALLS, CRM, Service, suite
from orchestration.settings import Source
from orchestration.sources.connectors import slices as landing

# Less history than the company has.
SINCE = LAST_DAY - timedelta(days=100)
SOURCE = TypeAdapter(Source)
CLIENT = ("anna.k@example.org", "+79161234567", "9161234567")
# Stands in what a vendor says for all the secrets that it was asked with, and for a client.
TOLD = "TOLD"


@dataclass(frozen=True)
class Refusal:
    """`found`: what the sentence holds, in this order."""

    status: int
    content: Any
    error: type[Exception]
    found: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)


def mends(status: int, content: Any, *found: str, **headers: str) -> Refusal:
    """What a person has to mend."""
    return Refusal(status, content, ConfigError, found, headers)


def passes(status: int, content: Any, *found: str, **headers: str) -> Refusal:
    """What time mends."""
    return Refusal(status, content, SourceError, (*found, "run again"), headers)


def page(words: str) -> str:
    return f"<html><body>{words} {TOLD}</body></html>"


def problem(status: int, title: str, detail: str) -> dict[str, Any]:
    kind = f"https://httpstatus.es/{status}"
    return {"title": title, "type": kind, "status": status, "detail": f"{detail} {TOLD}"}


def bitrix(code: str, words: str, **more: Any) -> dict[str, Any]:
    return {"error": code, "error_description": f"{words} {TOLD}", **more}


def hub(category: str, words: str, **more: Any) -> dict[str, Any]:
    message = f"{words} {TOLD}"
    return {"status": "error", "message": message, "category": category, **more}


def rpc(code: int, mnemonic: str, words: str) -> dict[str, Any]:
    data = {"mnemonic": mnemonic, "field": None, "value": None, "params": {}, "metadata": {}}
    error = {"code": code, "message": f"{words} {TOLD}", "data": data}
    return {"jsonrpc": "2.0", "id": None, "error": error}


def twilio(code: int, status: int, words: str) -> dict[str, Any]:
    return {"code": code, "message": f"{words} {TOLD}", "status": status, "more_info": "errors"}


def direct(code: int, words: str) -> dict[str, Any]:
    return {
        "error": {
            **{"request_id": "42", "error_code": f"{code}"},
            **{"error_string": words, "error_detail": TOLD},
        }
    }


def google(status: int, kind: str, code: str, words: str, **details: Any) -> list[dict[str, Any]]:
    failure = {"errorCode": {kind: code}, "message": f"{words} {TOLD}", "details": details}
    error = {"code": status, "message": words, "status": "S", "details": [{"errors": [failure]}]}
    return [{"error": error}]


def meta(code: int, words: str, subcode: int | None = None) -> dict[str, Any]:
    error = {"message": f"{words} {TOLD}", "type": "OAuthException", "code": code}
    return {"error": error if subcode is None else {**error, "error_subcode": subcode}}


# By vendor and way: what it answers.
REFUSALS: dict[str, dict[str, Refusal]] = {
    "amocrm": {
        "unknown account": mends(
            401,
            {"response": {"error": f"Account not found {TOLD}", "error_code": "101"}},
            *("answered 401: error 101", "no such account: check base_url"),
        ),
        "unknown address": mends(404, page("Nothing here"), "404", "check the address", "base_url"),
        "revoked token": mends(
            401,
            problem(401, "Unauthorized", "Token has been revoked"),
            *("Token has been revoked", "set AMO_TOKEN to one that is valid"),
        ),
        "revoked right": mends(
            403,
            problem(403, "Forbidden", "Access denied"),
            *("answered 403", "Access denied", "set AMO_TOKEN to an administrator's"),
        ),
        "user is off": mends(
            401,
            {"response": {"error": f"User is off {TOLD}", "error_code": 112}},
            *("error 112", "the user of the token in AMO_TOKEN is off"),
        ),
        "unpaid": mends(
            402, problem(402, "Payment Required", "Unpaid"), "402", "the account is not paid for"
        ),
        "quota": passes(429, page("Too many"), "answered 429", "(8 attempts)"),
        "shut out": Refusal(
            403,
            page("Forbidden"),
            SourceError,
            ("has shut this address", "requests_per_second"),
        ),
    },
    "bitrix24": {
        "unknown account": mends(
            404, page("No such portal"), "404", "there is no portal", "check it in B24_WEBHOOK"
        ),
        "deleted account": mends(
            500, bitrix("PORTAL_DELETED", "Portal was deleted"), "PORTAL_DELETED", "B24_WEBHOOK"
        ),
        "deleted webhook": mends(
            401,
            bitrix("NO_AUTH_FOUND", "Wrong authorization data"),
            *("NO_AUTH_FOUND", "make a new one and set B24_WEBHOOK"),
        ),
        "revoked right": mends(
            403,
            bitrix("insufficient_scope", "The request requires higher privileges"),
            *("insufficient_scope", "give the webhook or application of B24_WEBHOOK the rights"),
        ),
        "revoked user": mends(
            403,
            bitrix("user_access_error", "The user does not have access to the application"),
            *("user_access_error", "B24_WEBHOOK belongs to may not read this"),
        ),
        "quota": passes(
            503, bitrix("QUERY_LIMIT_EXCEEDED", "Too many requests"), "QUERY_LIMIT_EXCEEDED"
        ),
        "time": passes(
            429,
            bitrix("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit."),
            *("OPERATION_TIME_LIMIT", "Method is blocked"),
        ),
    },
    "hubspot": {
        "unknown account": mends(
            401,
            hub("INVALID_AUTHENTICATION", "Authentication credentials not found."),
            *("Authentication credentials not found", "set HUBSPOT_TOKEN to one that is valid"),
        ),
        "revoked right": mends(
            403,
            hub("MISSING_SCOPES", "This app hasn't been granted all required scopes"),
            *("granted all required scopes", "give the app of HUBSPOT_TOKEN the scope"),
        ),
        "quota": passes(
            429,
            hub("RATE_LIMITS", "You have reached your daily limit.", policyName="DAILY"),
            *("answered 429: quota used up (1 attempt)", "spent: run again tomorrow"),
        ),
    },
    "uis": {
        "unknown account": mends(
            200,
            rpc(-32001, "access_token_invalid", "Access token is invalid"),
            *("access_token_invalid", "set UIS_TOKEN to it"),
        ),
        "closed account": mends(
            200,
            rpc(-32009, "account_inactive", "Account is inactive"),
            *("account_inactive", "the account is blocked, see its balance"),
        ),
        "revoked right": mends(
            200,
            rpc(-32003, "forbidden", "Access is denied"),
            *("forbidden", "give the user of the key in UIS_TOKEN the right"),
        ),
        "quota": passes(
            200,
            rpc(-32029, "limit_exceeded", "Limit per day has been exceeded."),
            *("Limit per day has been exceeded", "(1 attempt)", "the day's points are used up"),
        ),
    },
    "mango": {
        "unknown account": mends(
            200, {"result": 3101}, "result 3101", "the key and the salt in MANGO_KEY and MANGO_SALT"
        ),
        "closed account": mends(
            401, {"message": f"Unauthorized {TOLD}"}, "401", "MANGO_KEY and MANGO_SALT"
        ),
        "revoked right": mends(
            403, {"message": f"Forbidden {TOLD}"}, "403", "give the key in MANGO_KEY and MANGO_SALT"
        ),
        "quota": passes(429, f"Rate limit exceeded {TOLD}", "429: Rate limit exceeded"),
    },
    "twilio": {
        "unknown account": mends(
            404,
            twilio(20404, 404, "The requested resource was not found"),
            *("answered 404", "check `account_sid`"),
        ),
        "another account": mends(
            401,
            twilio(20003, 401, "Authenticate"),
            *("the key is refused: Authenticate", "TWILIO_KEY and TWILIO_SECRET", "`account_sid`"),
        ),
        "revoked right": mends(
            403,
            twilio(20403, 403, "Forbidden"),
            *("answered 403", "set TWILIO_KEY and TWILIO_SECRET to one that may read calls"),
        ),
        "quota": passes(429, twilio(20429, 429, "Too Many Requests"), "429: Too Many Requests"),
    },
    "aircall": {
        "unknown account": mends(
            403,
            {"error": "Forbidden", "troubleshoot": TOLD},
            *("answered 403: the key is refused", "set AIRCALL_ID and AIRCALL_TOKEN"),
        ),
        "revoked right": mends(
            401,
            {"error": "Unauthorized", "troubleshoot": TOLD},
            *("answered 401: the key is refused", "set AIRCALL_ID and AIRCALL_TOKEN"),
        ),
        "quota": passes(
            429,
            {"error": "Too Many Requests", "troubleshoot": TOLD},
            "answered 429: the limit of the company is used up",
            **{"X-AircallApi-Limit": "60", "X-AircallApi-Remaining": "0"},
            **{"X-AircallApi-Reset": "4102444800"},
        ),
    },
    "yandex_direct": {
        "unknown account": mends(
            400, direct(8800, "Object not found"), "error 8800", "set client_login to the login"
        ),
        "no advertiser": mends(
            400, direct(513, "Your login is not connected"), "error 513", "client_login"
        ),
        "revoked token": mends(
            400, direct(53, "Authorization error"), "error 53", "set DIRECT_TOKEN to one"
        ),
        "revoked right": mends(
            400, direct(54, "No rights"), "error 54", "the token in DIRECT_TOKEN the right"
        ),
        "quota": passes(
            400, direct(152, "Not enough units"), "error 152 Not enough units", "are used up"
        ),
    },
    "google_ads": {
        "unknown account": mends(
            400,
            google(400, "requestError", "CUSTOMER_NOT_FOUND", "No customer found."),
            *("CUSTOMER_NOT_FOUND", "correct customer_ids"),
        ),
        "revoked right": mends(
            403,
            google(403, "authorizationError", "USER_PERMISSION_DENIED", "User has no permission."),
            *("USER_PERMISSION_DENIED", "let the user see the account", "login_customer_id"),
        ),
        "revoked project": mends(
            403,
            [{"error": {"code": 403, "message": f"It is off. {TOLD}", "status": "DENIED"}}],
            *("DENIED: It is off.", "let the user of GOOGLE_REFRESH_TOKEN, and the project"),
        ),
        "quota": passes(
            429,
            google(
                *(429, "quotaError", "RESOURCE_EXHAUSTED"),
                "Too many requests. Retry in 40591 seconds.",
                quotaErrorDetails={"rateScope": "DEVELOPER", "retryDelay": "40591s"},
            ),
            *("429 and wants 40,591 s of silence: RESOURCE_EXHAUSTED", "(1 attempt)"),
        ),
    },
    "meta": {
        "unknown account": mends(
            400, meta(100, "Object does not exist", 33), "error 100/33", "correct account_id"
        ),
        "revoked token": mends(
            400, meta(190, "The user has not authorized", 458), "190/458", "set META_TOKEN to one"
        ),
        "revoked right": mends(
            403, meta(200, "Ad account owner has NOT granted"), "error 200", "META_TOKEN the right"
        ),
        "quota of the user": passes(
            400, meta(17, "User request limit reached", 2446079), "error 17/2446079: User request"
        ),
        "quota of the app": passes(
            400, meta(4, "Application request limit reached"), "error 4: Application request"
        ),
        "quota of calls": passes(400, meta(613, "Calls to this api exceed"), "error 613: Calls"),
        "quota": passes(
            400, meta(80_000, "There have been too many calls", 2446079), "error 80000/2446079"
        ),
    },
}


@dataclass
class Refusing:
    """The vendor, which answers `granted` questions and refuses all others. The tokens that a
    refresh token gives are another service's."""

    app: ASGIApp
    refusal: Refusal
    told: str
    granted: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/token" or self.granted > 0:
            self.granted -= scope["path"] != "/token"
            await self.app(scope, receive, send)
            return
        content, kind = self.refusal.content, "text/html"
        if not isinstance(content, str):
            content, kind = json.dumps(content), "application/json"
        elif not content.startswith("<"):
            kind = "text/plain"
        content = content.replace(TOLD, self.told)
        headers = dict(self.refusal.headers)
        await Response(content, self.refusal.status, headers, kind)(scope, receive, send)


@dataclass(frozen=True)
class Vendor:
    service: Service
    secrets: tuple[str, ...]

    def land(self, home: Home, app: ASGIApp, later: int = 0) -> None:
        """A night, so many days after the last of the company's."""
        kind = self.service.config["type"]
        with serve(app) as url, pytest.MonkeyPatch.context() as patch:
            for variable, secret in self.service.environment(url).items():
                patch.setenv(variable, secret)
            source = {**self.service.source(url), "history_from": SINCE}
            if "slice_days" in source:
                source["slice_days"] = 30
            config = SOURCE.validate_python(source)
            land_vendor(home, config, kind, LAST_DAY + timedelta(days=later))

    def refusing(self, refusal: Refusal, granted: int = 0) -> Refusing:
        told = " ".join((*self.secrets, *CLIENT))
        return Refusing(self.service.app, refusal, told, granted)


@pytest.fixture(scope="module")
def vendors() -> Iterator[dict[str, Vendor]]:
    company, found = Company(0.01), {}
    with passing() as time:
        sets = zip(*([*CRM, "hubspot"], CALLS, [*ADS, "meta"]), strict=True)
        for kinds in sets:
            for service in suite(company, *kinds, clock=time.now).services.values():
                secrets = [one for one in service.secrets.values() if "{url}" not in one]
                found[service.config["type"]] = Vendor(service, (*secrets, bitrix24.CODE))
        yield found


@pytest.fixture(scope="module")
def homes(vendors, tmp_path_factory) -> Callable[[str], Home]:
    """A function: the home of a vendor with an undisturbed night in it, landed when it is first
    asked for."""

    @cache
    def home(name: str) -> Home:
        home = Home(tmp_path_factory.mktemp(name))
        vendors[name].land(home, vendors[name].service.app)
        return home

    return home


@cache
def undisturbed(home: Home, name: str) -> dict[str, tuple]:
    """What was landed before anything was refused."""
    return landed(home, name)


def landed(home: Home, name: str) -> dict[str, tuple]:
    """By raw table, how many rows it has and what they come to."""
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = ?", [f"raw_{name}"]
        ).fetchall()
        return {
            table: connection.execute(
                f"select count(*), bit_xor(hash(one)) from raw_{name}.{table} as one"
            ).fetchone()
            for (table,) in tables
        }


@pytest.mark.parametrize(
    ("name", "way"), [(name, way) for name, ways in REFUSALS.items() for way in ways]
)
def test_a_refusal_is_one_sentence_and_loses_nothing(vendors, homes, name, way):
    vendor, refusal, home = vendors[name], REFUSALS[name][way], homes(name)
    before = undisturbed(home, name)
    with pytest.raises(refusal.error) as raised:
        vendor.land(home, vendor.refusing(refusal), later=1)
    sentence = str(raised.value)
    assert type(raised.value) is refusal.error
    assert sentence.startswith(f"{name}: 127.0.0.1 ") and "\n" not in sentence
    places = [sentence.find(found) for found in refusal.found]
    assert -1 not in places and places == sorted(places), sentence
    assert [one for one in (*vendor.secrets, *CLIENT, TOLD) if one in sentence] == []
    assert landed(home, name) == before and before


# HubSpot's is in test_hubspot.py, and our own count of operations in test_google_ads.py.
@pytest.mark.parametrize("name", ["uis", "yandex_direct"])
def test_a_night_that_a_quota_breaks_off_goes_on_the_next_day(vendors, homes, tmp_path, name):
    vendor, home = vendors[name], Home(tmp_path)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SourceError, match="run again"):
        patch.setattr(landing, "_SLICE_ROWS", 1)
        vendor.land(home, vendor.refusing(REFUSALS[name]["quota"], granted=6), later=-1)
    begun = landed(home, name)
    assert sum(count for count, _ in begun.values())
    vendor.land(home, vendor.service.app)
    same(home, homes(name), name)
