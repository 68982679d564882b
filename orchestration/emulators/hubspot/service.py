"""The service: rights and limits; lists, searches and batches of objects."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orchestration.emulators.company import Company
from orchestration.emulators.hubspot import activities, objects
from orchestration.emulators.hubspot.account import owners, pipelines
from orchestration.emulators.hubspot.answers import error, limit, paged, problem, shown, told
from orchestration.emulators.hubspot.carried import own
from orchestration.emulators.hubspot.objects import CUSTOM_FIELDS, Thing
from orchestration.emulators.hubspot.search import found
from orchestration.emulators.rate_limits import SlidingWindow

TOKEN = "pat-eu1-0123456789-abcdef"
REFRESH = "hubspot-refresh-0123456789"
CLIENT = {"client_id": "hubspot-client", "client_secret": "hubspot-secret-0"}
CURRENCY = "EUR"
SCOPES = frozenset(
    ("contacts", "deals", "leads", "calls", "owners", "emails", "communications", "tasks")
)


@dataclass
class Hubspot:
    """The service.

    `per_ten_seconds`, `searches`, `daily`: its limits. `scopes`: the rights of the token. `cap`:
    the maximum number of results of one search; `most`: the largest page, so that a small company
    has many pages. `ragged`: answers of the search are half a page or empty, in turns. `unindexed`:
    ids of objects that the search does not find yet. `deleted`: additional deletions by kind and
    id, with their time; an id that is removed from it is restored, which no list shows. `purged`:
    by kind, ids of permanently deleted objects. `unlinked`: ids of objects whose associations are
    not made yet; that they are made does not count as a change. `failing`: ids that batches cannot
    read, and how often. `between` is called with each request before the answer; returns whether it
    changed the company. `asked`: requests by path; `times`: their times; `wanted`: the requested
    properties by kind. `session_id`: SQL of the session id of telephony.
    """

    company: Company
    per_ten_seconds: int = 100
    searches: int = 4
    daily: int = 250_000
    scopes: frozenset[str] = SCOPES
    cap: int = 10_000
    most: int = 1000
    ragged: bool = False
    unindexed: set[str] = field(default_factory=set)
    deleted: dict[str, dict[str, datetime]] = field(default_factory=dict)
    purged: dict[str, set[str]] = field(default_factory=dict)
    unlinked: set[str] = field(default_factory=set)
    failing: Counter[str] = field(default_factory=Counter)
    between: Callable[[str], bool] | None = None
    clock: Callable[[], float] = time.monotonic
    session_id: Callable[[str], str] = own
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    renewals: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    wanted: dict[str, set[str]] = field(default_factory=dict)
    _read: dict[tuple[str, str], dict[str, Thing]] = field(default_factory=dict)
    _turn: int = 0

    def __post_init__(self) -> None:
        self.window = SlidingWindow(self.per_ten_seconds, 10.0, clock=self.clock)
        self.second = SlidingWindow(self.searches, 1.0, clock=self.clock)
        self._made: dict[str, Callable[[Company], Iterable[objects.Thing]]] = {
            **{"contacts": objects.contacts, "leads": objects.leads, "deals": objects.deals},
            "calls": partial(objects.calls, session_id=self.session_id),
            **{"emails": activities.emails, "communications": activities.communications},
            "tasks": activities.tasks,
        }
        path = "/crm/v3/objects/{kind}"
        routes = {
            "/account-info/v3/details": ("GET", self._account),
            "/crm/v3/owners": ("GET", self._owners),
            "/crm/v3/pipelines/{kind}": ("GET", self._pipelines),
            "/crm/v3/properties/{kind}": ("GET", self._properties),
            path: ("GET", self._list),
            f"{path}/search": ("POST", self._search),
            f"{path}/batch/read": ("POST", self._batch),
            "/crm/v4/associations/{kind}/{other}/batch/read": ("POST", self._associated),
            "/crm/v4/objects/{kind}/{id}/associations/{other}": ("GET", self._more_associated),
        }
        self.app = Starlette(
            routes=[
                Route("/oauth/2026-03/token", self._renew, methods=["POST"]),
                *(
                    Route(path, self._guarded(answer), methods=[method])
                    for path, (method, answer) in routes.items()
                ),
            ]
        )

    def forget(self) -> None:
        """Forget the objects: the company has changed."""
        self._read.clear()

    async def _renew(self, request: Request) -> Response:
        expected = {**CLIENT, "grant_type": "refresh_token", "refresh_token": REFRESH}
        if dict(parse_qsl((await request.body()).decode())) != expected:
            return error(400, "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        self.renewals += 1
        access = f"hubspot-access-{self.renewals}-0123456789"
        self.tokens = {access}
        return JSONResponse({"access_token": access, "expires_in": 1800, "refresh_token": REFRESH})

    def _guarded(self, answer: Callable[[Request, Any], Response]) -> Callable[[Request], Any]:
        async def guarded(request: Request) -> Response:
            path = re.sub(r"^/crm/v\d/(objects/)?", "", request.url.path)
            is_search = path.endswith("search")
            if token_of(request) not in self.tokens:
                return error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found")
            if len(self.times) >= self.daily:
                return limit("DAILY")
            if not self.window.allows():
                return limit("TEN_SECONDLY_ROLLING")
            if is_search and not self.second.allows():
                return limit("SECONDLY")
            self.asked[path] += 1
            self.times.append(self.clock())
            if self.between and self.between(path):
                self.forget()
            kind = request.path_params.get("kind") or ("owners" if path == "owners" else None)
            if kind and kind not in self.scopes:
                return error(403, "MISSING_SCOPES", "This app hasn't been granted all required")
            given = await request.json() if request.method == "POST" else request.query_params
            given = answer(request, given)
            if not is_search:
                left = str(self.daily - len(self.times))
                given.headers["X-HubSpot-RateLimit-Daily-Remaining"] = left
            return given

        return guarded

    def _account(self, request: Request, asked: Any) -> Response:
        account = {"portalId": 62515, "companyCurrency": CURRENCY, "timeZone": "Europe/Moscow"}
        return JSONResponse(account)

    def _owners(self, request: Request, asked: Any) -> Response:
        archived = asked.get("archived", "false") == "true"
        return self._paged(list(owners(self.company, archived)), asked)

    def _pipelines(self, request: Request, asked: Any) -> Response:
        listed = pipelines(self.company, request.path_params["kind"])
        return JSONResponse({"results": list(listed)})

    def _properties(self, request: Request, asked: Any) -> Response:
        kind = request.path_params["kind"]
        entity = "messages" if kind == "communications" else kind
        names = CUSTOM_FIELDS.get(entity, {}).values()
        return JSONResponse({"results": [{"name": name} for name in ("hs_object_id", *names)]})

    def _list(self, request: Request, asked: Any) -> Response:
        if len(str(request.url)) > 3000:
            return Response("<html>URI Too Long</html>", 414, media_type="text/html")
        kind, most = request.path_params["kind"], int(asked.get("limit", 10))
        history = _names(asked.get("propertiesWithHistory"))
        if most > (50 if history else 100):
            return error(400, "VALIDATION_ERROR", f"limit {most} is too high")
        archived = asked.get("archived", "false") == "true"
        listed = [
            one for one in self.things(kind).values() if (one.archived is not None) == archived
        ]
        listed.sort(key=lambda one: int(one.id))
        behind = [one for one in listed if int(one.id) > int(asked.get("after", 0))]
        page = behind[: min(most, self.most)]
        wanted = self._noted(kind, _names(asked.get("properties")))
        content: dict[str, Any] = {"results": [shown(one, wanted, history) for one in page]}
        if len(behind) > len(page):
            content["paging"] = {"next": {"after": page[-1].id, "link": "https://elsewhere"}}
        return JSONResponse(content)

    def _search(self, request: Request, asked: Any) -> Response:
        kind, most = request.path_params["kind"], asked.get("limit", 10)
        first = int(asked.get("after", 0))
        if most > 200 or first + most > self.cap:
            return error(400, "VALIDATION_ERROR", "The limit or the offset is too high")
        if "propertiesWithHistory" in asked:
            return error(400, "VALIDATION_ERROR", "Invalid input JSON")
        indexed = (one for one in self.things(kind).values() if one.id not in self.unindexed)
        things = found(indexed, kind, asked)
        size = min(most, self.most)
        if self.ragged:
            self._turn += 1
            size = (0, size // 2, size)[self._turn % 3]
        content = paged(things, first, size)
        wanted = self._noted(kind, asked.get("properties", []))
        content["results"] = [shown(one, wanted, []) for one in content["results"]]
        return JSONResponse(content | {"total": len(things)})

    def _batch(self, request: Request, asked: Any) -> Response:
        kind, history = request.path_params["kind"], asked.get("propertiesWithHistory", [])
        if len(asked["inputs"]) > (50 if history else 100):
            return error(400, "VALIDATION_ERROR", "The number of inputs is too high")
        archived = request.query_params.get("archived", "false") == "true"
        things = self.things(kind)
        wanted = self._noted(kind, asked["properties"])
        survivors = {
            loser: one.id
            for one in things.values()
            for loser in (one.properties.get("hs_merged_object_ids") or "").split(";")
        }
        results, errors = [], []
        for given in asked["inputs"]:
            id_ = survivors.get(given["id"], given["id"])
            one = things.get(id_)
            if self.failing[id_] > 0:
                self.failing[id_] -= 1
                errors.append(problem("INTERNAL_ERROR", "internal error", id_))
            elif one is None or (one.archived is not None) != archived:
                errors.append(problem("OBJECT_NOT_FOUND", "Could not get some objects", id_))
            else:
                results.append(shown(one, wanted, history))
        content = {"status": "COMPLETE", "results": results}
        if not errors:
            return JSONResponse(content)
        return JSONResponse(content | {"numErrors": len(errors), "errors": errors}, 207)

    def _noted(self, kind: str, wanted: list[str]) -> list[str]:
        self.wanted.setdefault(kind, set()).update(wanted)
        return wanted

    def _associated(self, request: Request, asked: Any) -> Response:
        kind, other = request.path_params["kind"], request.path_params["other"]
        if len(asked["inputs"]) > 1000:
            return error(400, "VALIDATION_ERROR", "The number of inputs is too high")
        things, results, errors = self.things(kind), [], []
        for given in asked["inputs"]:
            one = things.get(given["id"])
            is_linked = one and one.archived is None and one.id not in self.unlinked
            to = told(one.linked.get(other, [])) if one and is_linked else []
            if to:
                page = paged(to, 0, self.most)
                results.append({"from": {"id": given["id"]}, "to": page.pop("results"), **page})
            else:
                said = f"No {other} is associated with {kind} {given['id']}."
                errors.append(problem("OBJECT_NOT_FOUND", said, given["id"]))
        content = {"status": "COMPLETE", "results": results}
        if not errors:
            return JSONResponse(content)
        return JSONResponse(content | {"numErrors": len(errors), "errors": errors}, 207)

    def _more_associated(self, request: Request, asked: Any) -> Response:
        one = self.things(request.path_params["kind"])[request.path_params["id"]]
        rows = told(one.linked.get(request.path_params["other"], []))
        return self._paged(rows, asked)

    def _paged(self, rows: list[dict[str, Any]], asked: Any) -> Response:
        wanted, first = int(asked.get("limit", 100)), int(asked.get("after", 0))
        assert wanted <= 500
        return JSONResponse(paged(rows, first, min(wanted, self.most)))

    def things(self, kind: str) -> dict[str, Thing]:
        """The objects of a kind by id, computed once per state of the company."""
        key = (self.company.state, kind)
        if key not in self._read:
            made = self._made[kind](self.company)
            purged = self.purged.get(kind, set())
            self._read[key] = {one.id: one for one in made if one.id not in purged}
            for id_, moment in self.deleted.get(kind, {}).items():
                self._read[key][id_].archived = moment
        return self._read[key]


def token_of(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _names(given: str | None) -> list[str]:
    return given.split(",") if given else []
