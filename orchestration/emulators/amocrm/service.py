"""The service: lists in HAL pages, a 204 for an empty list, limits, and refresh tokens that work
once."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orchestration.emulators.amocrm.carried import own
from orchestration.emulators.amocrm.lists import Lists
from orchestration.emulators.amocrm.records import TASK_TYPES, pipelines
from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import SlidingWindow

TOKEN = "amo-long-lived-0123456789"
REFRESH = "amo-refresh-0"
CLIENT = {"client_id": "amo-client", "client_secret": "amo-secret-0", "redirect_uri": "https://x.y"}
CURRENCY = "RUB"


@dataclass
class Amocrm:
    """The service.

    `per_second`: more requests get a 429, and if they continue, no answer. `max_page`: a lower
    limit of all lists, so that a small company has many pages. `is_admin`: whether the token may
    read users. `has_minor_units`: whether prices also have minor units. `spurious`: lists that are
    once empty after their first page; `nothing`: how many more times lists are empty although they
    have rows. `in_time`: longer pages time out, and `late` counts them. `between` is called with
    each list and the number of its request after the answer. `takes_ends`: whether the first and
    the last second of a filter of events count. `asked`: requests by list. `session_id`: SQL of the
    session id of telephony.
    """

    company: Company
    per_second: int = 7
    max_page: int = 250
    is_admin: bool = True
    has_minor_units: bool = True
    spurious: set[str] = field(default_factory=set)
    nothing: Counter[str] = field(default_factory=Counter)
    in_time: int = 250
    late: Counter[str] = field(default_factory=Counter)
    takes_ends: bool = True
    between: Callable[[str, int], None] | None = None
    clock: Callable[[], float] = time.monotonic
    asked: Counter[str] = field(default_factory=Counter)
    session_id: Callable[[str], str] = own
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    refresh: str = REFRESH
    renewals: int = 0

    def __post_init__(self) -> None:
        self.second = SlidingWindow(self.per_second, 1.0, clock=self.clock)
        session = self.session_id("session_id")
        self._lists = lists = Lists(self.company, self.has_minor_units, session, self.takes_ends)
        # By path: the name of the rows, the largest page, and the rows.
        paths = {
            "users": ("users", 250, lists.users),
            "leads": ("leads", 250, lists.cards),
            "contacts": ("contacts", 250, lists.contacts),
            "events": ("events", 100, lists.events),
            "tasks": ("tasks", 250, lists.tasks),
            "leads/custom_fields": ("custom_fields", 250, lists.card_fields),
            "contacts/custom_fields": ("custom_fields", 250, lists.contact_fields),
            **{
                f"{place}/notes": ("notes", 250, lists.notes(place))
                for place in ("leads", "contacts", "companies")
            },
        }
        self.app = Starlette(
            routes=[
                Route("/oauth2/access_token", self._renew, methods=["POST"]),
                Route("/api/v4/account", self._account),
                Route("/api/v4/leads/pipelines", self._pipelines),
                *(
                    Route(f"/api/v4/{path}", self._list(path, kind, cap, rows))
                    for path, (kind, cap, rows) in paths.items()
                ),
            ]
        )

    async def _renew(self, request: Request) -> Response:
        given = await request.json()
        expected = {**CLIENT, "grant_type": "refresh_token", "refresh_token": self.refresh}
        if given != expected:
            return problem(400, "The refresh token is invalid or revoked")
        self.renewals += 1
        self.refresh = f"amo-refresh-{self.renewals}"
        access = f"amo-access-{self.renewals}-0123456789"
        self.tokens = {access}
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": 86_400,
                "access_token": access,
                "refresh_token": self.refresh,
            }
        )

    def _refusal(self, request: Request) -> Response | None:
        if self.second.broken > 20:
            return Response("<html>Forbidden</html>", 403, media_type="text/html")
        if not self.second.allows():
            return Response("<html>Too many requests</html>", 429, media_type="text/html")
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return problem(401, "Invalid token")
        return None

    async def _account(self, request: Request) -> Response:
        account: dict[str, Any] = {
            **{"id": 77, "name": "Demo", "subdomain": "demo", "currency": CURRENCY},
        }
        if request.query_params.get("with") == "task_types":
            types = [{"id": number, "name": name} for name, number in TASK_TYPES.items()]
            account["_embedded"] = {"task_types": types}
        return self._refusal(request) or _hal(account)

    async def _pipelines(self, request: Request) -> Response:
        return (
            self._refusal(request)
            or self._emptiness("leads/pipelines")
            or _hal({"_total_items": 3, "_embedded": {"pipelines": list(pipelines(self.company))}})
        )

    def _emptiness(self, path: str) -> Response | None:
        if not self.nothing[path]:
            return None
        self.nothing[path] -= 1
        return Response(status_code=204)

    def _list(
        self, path: str, kind: str, cap: int, rows: Callable[[QueryParams], list[dict[str, Any]]]
    ) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            refusal = self._refusal(request)
            if refusal:
                return refusal
            if path == "users" and not self.is_admin:
                return problem(403, "Access denied")
            asked = request.query_params
            self.asked[path] += 1
            limit, page = int(asked.get("limit", 50)), int(asked.get("page", 1))
            if limit > self.in_time:
                self.late[path] += 1
                return Response("<html>Gateway Time-out</html>", 504, media_type="text/html")
            if emptiness := self._emptiness(path):
                return emptiness
            limit = limit if limit <= min(cap, self.max_page) else 50
            is_first = page == 1 and (path == "events" or self.asked[path] == 1)
            if path in self.spurious and not is_first:
                self.spurious.remove(path)
                return Response(status_code=204)
            found = rows(asked)
            shown = found[(page - 1) * limit : page * limit]
            if self.between:
                self.between(path, self.asked[path])
                self._lists.forget()
            if not shown:
                return Response(status_code=204)
            links = {"self": {"href": str(request.url)}}
            if len(found) > page * limit:
                following = [(k, v) for k, v in asked.multi_items() if k not in ("page", "limit")]
                following += [("page", f"{page + 1}"), ("limit", f"{limit}")]
                address = f"{request.url.replace(query='')}?{urlencode(following)}"
                links["next"] = {"href": address}
            return _hal({"_page": page, "_links": links, "_embedded": {kind: shown}})

        return answer


def _hal(content: dict[str, Any]) -> Response:
    return Response(json.dumps(content), media_type="application/hal+json")


def problem(status: int, detail: str) -> Response:
    body = {"title": "Error", "status": status, "detail": detail}
    return Response(json.dumps(body), status, media_type="application/problem+json")
