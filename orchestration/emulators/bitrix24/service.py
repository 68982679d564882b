"""The service: methods alone or in batches, rights, limits, and working time."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orchestration.emulators.bitrix24 import activities, dictionaries, history, records, telephony
from orchestration.emulators.bitrix24.carried import own
from orchestration.emulators.bitrix24.commands import parsed
from orchestration.emulators.bitrix24.fields import CUSTOM_FIELDS, fields
from orchestration.emulators.bitrix24.lists import listed
from orchestration.emulators.bitrix24.values import iso
from orchestration.emulators.bitrix24.work import Work
from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import LeakyBucket

CODE = "b24code0123456789"
REFRESH = "b24-refresh-0"
CLIENT = {"client_id": "local.b24", "client_secret": "b24-secret-0"}
SCOPES = ("crm", "user", "department", "telephony")

Read = Callable[[Company], Iterable[dict[str, Any]]]


@dataclass
class Bitrix24:
    """The portal.

    `burst`, `per_second`: more requests get a 503. `seconds_per_page`: the working time of a method
    for a page; its limit is 480 seconds in ten minutes. `tells_work`: whether answers include the
    working time. `scopes`: the rights of the webhook. `may_read_calls`: whether its owner may read
    calls. `is_admin`: whether its owner is an administrator. `hides`: lists that have a count and
    no rows. `hides_dismissed`: users who left are included only on request. `takes_offsets`:
    whether the offset of a time in a filter counts. `hollow`: this many commands of batches return
    nothing; `failing`: this many return an error. `between` is called with each request of a method
    after the answer. `asked`: requests by method; `commands`: the same, including batches;
    `selected`: the fields that were requested of activities, `*` for all. `session_id`: SQL of the
    session id of telephony.
    """

    company: Company
    burst: int = 50
    per_second: float = 2.0
    seconds_per_page: float = 0.0
    tells_work: bool = True
    scopes: tuple[str, ...] = SCOPES
    may_read_calls: bool = True
    is_admin: bool = True
    hides: set[str] = field(default_factory=set)
    hides_dismissed: bool = False
    takes_offsets: bool = True
    hollow: int = 0
    failing: int = 0
    between: Callable[[str, int], None] | None = None
    clock: Callable[[], float] = time.monotonic
    session_id: Callable[[str], str] = own
    asked: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    selected: set[str] = field(default_factory=set)
    broken: Counter[str] = field(default_factory=Counter)
    tokens: set[str] = field(default_factory=set)
    refresh: str = REFRESH
    renewals: int = 0
    edits: int = 0
    _read: dict[tuple[str, Read], list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bucket = LeakyBucket(self.burst, self.per_second, clock=self.clock)
        self._work = Work(self.seconds_per_page, self.clock)
        self._lists: dict[str, tuple[str, Read]] = {
            "crm.deal.list": ("crm", records.deals),
            "crm.lead.list": ("crm", records.leads),
            "crm.contact.list": ("crm", records.contacts),
            "crm.activity.list": ("crm", self._activities),
            "voximplant.statistic.get": (
                "telephony",
                partial(telephony.statistics, session_id=self.session_id),
            ),
            "user.get": ("user", dictionaries.users),
            "department.get": ("department", dictionaries.departments),
        }
        self._histories: dict[int, Read] = {1: history.of_leads, 2: history.of_deals}
        self._wholes: dict[str, Callable[[], Any]] = {
            "crm.category.list": lambda: {"categories": self._all(dictionaries.categories)},
            "crm.status.list": lambda: self._all(dictionaries.statuses),
            "scope": lambda: list(self.scopes),
            "profile": lambda: {"ID": "1", "ADMIN": self.is_admin, "TIME_ZONE": ""},
            **{
                f"crm.{entity.removesuffix('s')}.fields": partial(fields, entity)
                for entity in CUSTOM_FIELDS
            },
        }
        self.app = Starlette(
            routes=[
                Route("/oauth/token/", self._renew, methods=["GET"]),
                Route("/rest/1/{code}/{method}", self._answer, methods=["POST"]),
                Route("/rest/{method}", self._answer, methods=["POST"]),
            ]
        )

    @property
    def methods(self) -> set[str]:
        """The methods by name."""
        return {*self._lists, *self._wholes, "crm.stagehistory.list", "batch"}

    @property
    def moment(self) -> datetime:
        """The clock of the portal; it moves only with edits."""
        today = self.company.today
        begin = datetime(today.year, today.month, today.day, tzinfo=UTC)
        return begin + timedelta(seconds=self.edits)

    def edit(self, table: str, change: str, condition: str) -> None:
        """A user changes cards at the time of the portal."""
        self.company.connection.execute(
            f"update now.{table} set {change}, updated_at = ? where {condition}",
            [self.moment.replace(tzinfo=None) + timedelta(seconds=1)],
        )
        self.edits += 1
        self._read.clear()

    def _time(self) -> dict[str, Any]:
        finish = self.moment.timestamp()
        return {"start": finish - 0.1, "finish": finish, "date_finish": iso(self.moment)}

    async def _renew(self, request: Request) -> Response:
        expected = {**CLIENT, "grant_type": "refresh_token", "refresh_token": self.refresh}
        if dict(request.query_params) != expected:
            return _problem(400, "invalid_grant", "Refresh token is spent")
        self.renewals += 1
        self.refresh = f"b24-refresh-{self.renewals}"
        access = f"b24-access-{self.renewals}-0123456789"
        self.tokens = {access}
        content = {"access_token": access, "refresh_token": self.refresh, "expires_in": 3600}
        return JSONResponse(content | {"domain": "oauth.bitrix.info", "status": "L"})

    async def _answer(self, request: Request) -> Response:
        if not self.bucket.allows():
            return _problem(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
        refusal = self._refusal(request)
        if refusal:
            return refusal
        method, asked = request.path_params["method"], await request.json()
        self.asked[method] += 1
        content, status = self._batch(asked) if method == "batch" else self._call(method, asked)
        if self.between:
            self.between(method, self.asked[method])
        return JSONResponse(content | {"time": self._time() | content.get("time", {})}, status)

    def _refusal(self, request: Request) -> Response | None:
        code, token = request.path_params.get("code"), request.query_params.get("auth")
        if code is not None:
            if code == CODE:
                return None
            return _problem(403, "INVALID_CREDENTIALS", "Invalid request credentials")
        if token is None:
            return _problem(401, "NO_AUTH_FOUND", "Wrong authorization data")
        if token not in self.tokens:
            return _problem(401, "expired_token", "The access token provided has expired.")
        return None

    def _batch(self, asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """All commands, each with its result; an empty map is an empty list."""
        assert len(asked["cmd"]) <= 50, "too many commands"
        results: dict[str, Any] = {}
        times: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        totals: dict[str, int] = {}
        nexts: dict[str, int] = {}
        for key, command in asked["cmd"].items():
            method, _, query = command.partition("?")
            content, status = self._call(method, parsed(query, results))
            if self.failing:
                self.failing -= 1
                content, status = {"error": "INTERNAL_SERVER_ERROR", "error_description": ""}, 500
            elif self.hollow and isinstance(content.get("result"), list):
                self.hollow -= 1
                content = {"result": [], "total": 0}
            if status != 200:
                errors[key] = content
                continue
            results[key] = content["result"]
            times[key] = self._time() | content.get("time", {})
            if "total" in content:
                totals[key] = content["total"]
            if "next" in content:
                nexts[key] = content["next"]
        inner: dict[str, Any] = {
            "result": results or [],
            "result_error": errors or [],
            "result_total": totals or [],
            "result_next": nexts or [],
            "result_time": times or [],
        }
        return {"result": inner}, 200

    def _call(self, method: str, asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """The answer of one method, alone or in a batch."""
        self.commands[method] += 1
        left = self._work.shut(method)
        if left is not None:
            self.broken[method] += 1
            error = _error("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")
            return error | {"time": {"operating_reset_at": self.moment.timestamp() + left}}, 429
        content, status = self._found(method, asked)
        told = self._work.add(method, self.moment.timestamp())
        return content | ({"time": told} if self.tells_work else {}), status

    def _found(self, method: str, asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
        if method in self._wholes:
            return {"result": self._wholes[method]()}, 200
        if method == "crm.stagehistory.list":
            scope, read = "crm", self._histories[int(asked["entityTypeId"])]
        else:
            scope, read = self._lists[method]
        if scope not in self.scopes:
            return _error("insufficient_scope", "The request requires higher privileges"), 403
        if method == "voximplant.statistic.get":
            if not self.may_read_calls:
                return _error("ACCESS_DENIED", "Access denied!"), 403
            # Its parameters are in capitals, and the order is two texts.
            order = {asked["SORT"]: asked["ORDER"]} if "SORT" in asked else {}
            asked = {"filter": asked.get("FILTER", {}), "order": order, "start": asked["start"]}
        elif method in ("user.get", "department.get"):
            asked = {**asked, "order": {asked.get("sort", ""): asked.get("order", "")}}
            asked["filter"] = asked.pop("FILTER", {})
            if method == "user.get" and self.hides_dismissed:
                asked["filter"] = {"ACTIVE": True} | asked["filter"]
        if method == "crm.activity.list":
            select = asked.get("select", ["*"])
            self.selected.update(select.values() if isinstance(select, dict) else select)
        nested = method == "crm.stagehistory.list"
        content = listed(self._all(read), asked, nested, self.takes_offsets)
        return content | ({"result": []} if method in self.hides else {}), 200

    def _activities(self, company: Company) -> Iterable[dict[str, Any]]:
        yield from telephony.activities(company, self.session_id)
        yield from activities.messages(company)
        yield from activities.tasks(company)

    def _all(self, read: Read) -> list[dict[str, Any]]:
        """All rows of a list, computed once per state of the company."""
        key = (self.company.state, read)
        if key not in self._read:
            self._read[key] = list(read(self.company))
        return self._read[key]


def _error(code: Any, description: str) -> dict[str, Any]:
    return {"error": code, "error_description": description}


def _problem(status: int, code: Any, description: str) -> Response:
    return Response(json.dumps(_error(code, description)), status, media_type="application/json")
