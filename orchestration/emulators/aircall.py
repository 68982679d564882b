"""Aircall: pages of fifty with a link to the next one, no rows after the 10,000th, recordings that
arrive late and have another address each time, and one row per call, also after transfers."""

import base64
import itertools
import math
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import SlidingWindow

API_ID, API_TOKEN = "aircall-id-0123456789", "aircall-token-9876543210"

_ABANDONED = ("short_abandoned", "abandoned_in_ivr", "abandoned_in_classic")
_MISSED = ("agents_did_not_answer", "no_available_agent", "out_of_opening_hours")
# Every nth call has a hidden number, or was archived.
_HIDDEN, _ARCHIVED = 29, 7


def session_id(expression: str) -> str:
    """SQL of the Aircall id of a session of the demo company."""
    return f"cast(2000000000 + cast(substr({expression}, 2, 7) as bigint) as varchar)"


def _spaced(column: str) -> str:
    """SQL of a phone number in the format of Aircall."""
    digits = f"regexp_replace({column}, '[^0-9]', '', 'g')"
    parts = ((2, 3), (5, 3), (8, 2), (10, 2))
    return " || ' ' || ".join(["'+7'", *(f"substr({digits}, {at}, {size})" for at, size in parts)])


# One row per call, with the last talker; rings without an answer are left out. `leg`: the order of
# the legs.
_CALLS = f"""
    select
        {session_id("call_id")} as call_id,
        min(started_at) as started_at,
        min(answered_at) as answered_at,
        max(ended_at) as ended_at,
        min_by(direction, leg) as direction,
        case
            when bool_or(answered_at is not null) then 'answered'
            when max_by(result, leg) = 'abandoned' then 'abandoned'
            else 'missed'
        end as result,
        coalesce(
            max_by(phone_ext, leg) filter (answered_at is not null),
            max_by(phone_ext, leg) filter (direction = 'out')
        ) as phone_ext,
        case
            when min_by(direction, leg) = 'out' or any_value(number) % {_HIDDEN} > 0
                then {_spaced("min_by(client_phone, leg)")}
        end as client_phone,
        {_spaced("coalesce(min_by(line_phone, leg), '+79990000009')")} as number_digits,
        bool_or(recording_url is not null) as is_recorded,
        any_value(number) as number
    from (
        select
            *, coalesce(leg_no, 1) as leg, cast(substr(call_id, 2, 7) as bigint) as number
        from calls where direction != 'internal'
    )
    group by {session_id("call_id")}
"""

# The calls of the company as Aircall returns them. Managers who left are no longer users.
RENAMED = {
    "calls": f"""
        select
            call_id, call_id as session_id, 1 as leg_no,
            started_at, answered_at, ended_at, direction, result,
            users.email as user_email, users.phone_ext, client_phone,
            if(direction = 'in', number_digits, null) as line_phone,
            date_diff('second', started_at, coalesce(answered_at, ended_at)) as ring_seconds,
            coalesce(date_diff('second', answered_at, ended_at), 0) as talk_seconds,
            if(is_recorded, 'https://assets.aircall.io/calls/' || call_id, null) as recording_url
        from ({_CALLS}) as calls
        left join users on calls.phone_ext = users.phone_ext and users.is_active
    """
}

# Columns that Aircall does not have, and why.
NOT_CARRIED = {
    "calls": {
        "user_id": "it has its own user ids; users are matched by e-mail and extension",
        "lead_id": "it has no data of the CRM",
        "deal_id": "it has no data of the CRM",
        "queue_seconds": "it has only the whole wait, which is ring_seconds",
        "updated_at": "not in the API",
    }
}


@dataclass
class Aircall:
    """The service. Its limits can be lowered, so that tests reach them with a small company.

    `refusals`: error statuses for the next requests, one each. `late`: this many calls of a list
    are missing while its first page is read. `staff`: SQL condition of the users in the list.
    `counts_on`: whether the total is also correct after the 10,000th row. `reset_unit`: the
    fraction of a second in which the reset time is given. `asked`: paths and parameters of all
    requests.
    """

    company: Company
    per_minute: int = 60
    wall: int = 10_000
    late: int = 0
    staff: str = "is_active"
    counts_on: bool = True
    reset_unit: int = 1
    clock: Callable[[], float] = time.monotonic
    refusals: list[int] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.limit = SlidingWindow(self.per_minute, 60.0, clock=self.clock)
        self._known: dict[str, list[dict[str, Any]]] = {}
        self._signatures = itertools.count(1)
        paths = ("/v1/company", "/v2/users", "/v1/calls", "/{path:path}")
        self.app = Starlette(routes=[Route(path, self._answer) for path in paths])

    async def _answer(self, request: Request) -> JSONResponse:
        path, params = request.url.path.strip("/"), dict(request.query_params)
        self.asked.append((path, params))
        key = base64.b64encode(f"{API_ID}:{API_TOKEN}".encode()).decode()
        if self.refusals:
            return self._refuse(self.refusals.pop(0))
        if request.headers.get("authorization") != f"Basic {key}":
            return self._refuse(403)
        if not self.limit.allows():
            return self._refuse(429)
        link = str(request.url.replace(query=""))
        match path:
            case "v1/company":
                name = {"name": "Demo", "users_count": 20, "numbers_count": 6}
                return JSONResponse({"company": name})
            case "v2/users":
                return self._page("users", self._users(), params, link)
            case "v1/calls":
                return self._page("calls", self._between(params), params, link)
        return self._refuse(404)

    def _refuse(self, status: int) -> JSONResponse:
        self.refused[status] += 1
        headers = {}
        if status == 429:
            reset = math.ceil(time.time() + 30)
            headers = {
                "X-AircallApi-Limit": f"{self.per_minute}",
                "X-AircallApi-Remaining": "0",
                "X-AircallApi-Reset": f"{reset * self.reset_unit}",
            }
        return JSONResponse({"error": "Refused", "troubleshoot": None}, status, headers)

    def _page(
        self, kind: str, rows: list[dict[str, Any]], params: dict[str, str], link: str
    ) -> JSONResponse:
        page, size = int(params.get("page", 1)), int(params.get("per_page", 20))
        if not 1 <= size <= 50:
            return self._refuse(400)
        if self.late and page == 1 and len(rows) - self.late > size:
            rows = rows[: -self.late]
        within = rows[: self.wall]
        shown = within[(page - 1) * size : page * size]
        more = page * size < len(within)
        meta = {
            "count": len(shown),
            "total": len(rows) if self.counts_on else len(within),
            "current_page": page,
            "per_page": size,
            "next_page_link": f"{link}?{urlencode({**params, 'page': page + 1})}" if more else None,
            "previous_page_link": None,
        }
        for row in shown:
            if row.get("asset"):
                row["recording"] = f"https://r.example.org/{next(self._signatures)}?signature=1"
        return JSONResponse({"meta": meta, kind: shown})

    def _between(self, params: dict[str, str]) -> list[dict[str, Any]]:
        calls = self._calls()
        begins = [call["started_at"] for call in calls]
        first = bisect_left(begins, int(params["from"]))
        found = calls[first : bisect_right(begins, int(params["to"]))]
        return found if params.get("order", "asc") == "asc" else found[::-1]

    def _users(self) -> list[dict[str, Any]]:
        rows = self.company.rows(
            f"from users where phone_ext is not null and {self.staff} order by user_id"
        )
        return [{**_user(row), "extension": row["phone_ext"]} for row in rows]

    def _calls(self) -> list[dict[str, Any]]:
        """All calls of the current state, ordered by start. In the earlier state the last call has
        not ended."""
        state = self.company.state
        if state not in self._known:
            users = {row["phone_ext"]: row for row in self.company.rows("from users")}
            rows = self.company.rows(f"from ({_CALLS}) order by started_at, call_id")
            self._known[state] = [_call(row, users.get(row["phone_ext"])) for row in rows]
            if state == "before":
                self._known[state][-1] |= {"status": "answered", "ended_at": None, "duration": 0}
        return self._known[state]


def _call(row: dict[str, Any], user: dict[str, Any] | None) -> dict[str, Any]:
    reasons = {"abandoned": _ABANDONED, "missed": _MISSED}.get(row["result"])
    incoming = row["direction"] == "in"
    number = int(row["call_id"])
    page = f"https://assets.aircall.io/calls/{number}" if row["is_recorded"] else None
    # Calls of users who left have only the name.
    known = ("id", "name") if user and not user["is_active"] else None
    return {
        "id": number,
        "direct_link": f"https://api.aircall.io/v1/calls/{number}",
        "direction": "inbound" if incoming else "outbound",
        "status": "done",
        "missed_call_reason": reasons[number % 3] if reasons and incoming else None,
        "started_at": _unix(row["started_at"]),
        "answered_at": row["answered_at"] and _unix(row["answered_at"]),
        "ended_at": _unix(row["ended_at"]),
        "duration": _unix(row["ended_at"]) - _unix(row["started_at"]),
        "raw_digits": row["client_phone"] or "anonymous",
        "cost": "0.0",
        "recording": None,
        "asset": page,
        "voicemail": None,
        "archived": row["number"] % _ARCHIVED == 0,
        "user": {n: one for n, one in _user(user).items() if not known or n in known}
        if user
        else None,
        "number": {"id": 1, "name": "Line", "digits": row["number_digits"], "country": "RU"},
        "contact": None,
        "assigned_to": None,
        "teams": [],
        "tags": [],
        "comments": [],
    }


def _user(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": 400_000 + int(row["phone_ext"]),
        "name": row["name"],
        "email": row["email"],
        "created_at": f"{row['hired_on']}T09:00:00.000Z",
        "available": True,
    }


def _unix(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
