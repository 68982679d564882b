"""Twilio: every leg is a call, times are in the format of RFC 2822, numbers are texts, lists are
ordered from the newest and filtered by days of UTC, and recordings are a separate list."""

import base64
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import SlidingWindow

ACCOUNT = "AC" + "0a" * 16
KEY, SECRET = "SK" + "0b" * 16, "twilio-secret-9876543210"

_HOST, _VERSION = "https://api.twilio.com", "/2010-04-01"
_STATUSES = {"missed": "no-answer", "abandoned": "canceled", "failed": "failed"}
_CODES = {401: 20003, 403: 20003, 404: 20404, 429: 20429}
# What Twilio gives for a caller who hides the number: a word, or the word on the keys of a phone
# (ANONYMOUS, RESTRICTED twice, BLOCKED, UNKNOWN, UNAVAILABLE).
HIDDEN = (
    *("anonymous", "+266696687", "+7378742833", "+17378742833"),
    *("+2562533", "+8656696", "+86282452253"),
)
# The demo company has no callers of internal calls.
_COLLEAGUE = "client:colleague"


def _number(expression: str) -> str:
    return f"cast(substr({expression}, 2, 7) as bigint)"


def session_id(expression: str) -> str:
    """SQL of the Twilio id of a session of the demo company."""
    return f"'CA0' || lpad(cast({_number(expression)} as varchar), 31, '0')"


def _e164(column: str) -> str:
    return f"'+7' || substr(regexp_replace({column}, '[^0-9]', '', 'g'), 2)"


# The calls with the ids of Twilio. A manager is known only by the phone address.
_CALLS = f"""
    select
        if(
            direction = 'in' and calls.phone_ext is null,
            {session_id("call_id")},
            'CA1' || lpad(
                cast({_number("call_id")} * 10 + coalesce(leg_no, 1) as varchar), 31, '0'
            )
        ) as call_id,
        {session_id("call_id")} as session_id,
        coalesce(leg_no, 1) as leg_no,
        started_at, answered_at, ended_at, direction,
        case
            when direction = 'in' and calls.phone_ext is null then 'missed'
            else coalesce(result, 'answered')
        end as result,
        if(cast(calls.phone_ext as integer) % 2 = 0, email, null) as user_email,
        if(cast(calls.phone_ext as integer) % 2 = 1, calls.phone_ext, null) as phone_ext,
        {_e164("client_phone")} as client_phone,
        {_e164("line_phone")} as line_phone,
        if(calls.phone_ext is null, queue_seconds + ring_seconds, queue_seconds)
            as queue_seconds,
        if(calls.phone_ext is null, 0, ring_seconds) as ring_seconds,
        talk_seconds,
        if(
            recording_url is null, null, '{_HOST}{_VERSION}/Accounts/{ACCOUNT}/Recordings/RE'
            || lpad(
                cast({_number("call_id")} * 10 + coalesce(leg_no, 1) as varchar), 32, '0'
            )
        ) as recording_url,
        calls.updated_at,
        email,
        calls.phone_ext as extension
    from calls
    left join users on calls.phone_ext = users.phone_ext
"""

# The calls of the company as Twilio returns them.
RENAMED = {"calls": f"select * exclude (email, extension) from ({_CALLS})"}

# Columns that Twilio does not have, and why.
NOT_CARRIED = {
    "calls": {
        "user_id": "it has no users, only phone addresses",
        "lead_id": "it has no data of the CRM",
        "deal_id": "it has no data of the CRM",
    }
}


@dataclass
class Twilio:
    """The service. `max_page`: a lower limit of pages, so that a small company has many.

    `refusals`: error statuses for the next requests, one each. `asked`: names and parameters of the
    requested lists. `takes_last_day`: whether the day of a filter with `<` is included, as in older
    documents of the API. `hidden`: each of so many incoming calls is from a hidden number, 0 for
    none.
    """

    company: Company
    per_second: int = 100
    max_page: int = 1000
    takes_last_day: bool = False
    hidden: int = 0
    clock: Callable[[], float] = time.monotonic
    refusals: list[int] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.limit = SlidingWindow(self.per_second, 1.0, clock=self.clock)
        self._known: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {}
        routes = [
            Route(f"{_VERSION}/Accounts/{{account}}.json", self._account),
            Route(f"{_VERSION}/Accounts/{{account}}/Calls.json", self._list),
            Route(f"{_VERSION}/Accounts/{{account}}/Recordings.json", self._list),
        ]
        self.app = Starlette(routes=routes)

    async def _account(self, request: Request) -> JSONResponse:
        account = {"sid": ACCOUNT, "friendly_name": "Demo", "status": "active"}
        return self._refusal(request) or JSONResponse(account)

    async def _list(self, request: Request) -> JSONResponse:
        name = request.url.path.rpartition("/")[2].removesuffix(".json")
        params = dict(request.query_params)
        self.asked.append((name, params))
        if refused := self._refusal(request):
            return refused
        calls, recordings = self._lists()
        match name:
            case "Calls":
                return self._page("calls", calls, "StartTime", request.url.path, params)
            case "Recordings":
                return self._page("recordings", recordings, "DateCreated", request.url.path, params)
        return self._refuse(404)

    def _refusal(self, request: Request) -> JSONResponse | None:
        key = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if self.refusals:
            return self._refuse(self.refusals.pop(0))
        if request.headers.get("authorization") != f"Basic {key}":
            return self._refuse(401)
        if request.path_params["account"] != ACCOUNT:
            return self._refuse(404)
        return None if self.limit.allows() else self._refuse(429)

    def _refuse(self, status: int) -> JSONResponse:
        self.refused[status] += 1
        error = {"code": _CODES.get(status, 20500), "message": "Refused", "status": status}
        return JSONResponse(error, status)

    def _page(
        self, kind: str, rows: list[dict[str, Any]], name: str, path: str, params: dict[str, str]
    ) -> JSONResponse:
        first, last = (date.fromisoformat(params[name + sign]) for sign in "><")
        last -= timedelta(days=not self.takes_last_day)
        rows = [row for row in rows if first <= row["_on"] <= last]
        size, at = min(int(params.get("PageSize", 50)), self.max_page), int(params.get("Page", 0))
        shown = rows[at * size : (at + 1) * size]
        more = urlencode({**params, "Page": at + 1, "PageToken": f"PA{at + 1}"})
        return JSONResponse(
            {
                kind: [{k: v for k, v in row.items() if k != "_on"} for row in shown],
                "page": at,
                "page_size": size,
                "next_page_uri": f"{path}?{more}" if (at + 1) * size < len(rows) else None,
                "previous_page_uri": None,
                "uri": path,
            }
        )

    def _lists(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """All legs and recordings of the current state, ordered from the newest. In the earlier
        state the last session has not ended."""
        state = self.company.state
        if state not in self._known:
            rows = self.company.rows(f"from ({_CALLS}) order by session_id, leg_no")
            sessions: dict[str, list[dict[str, Any]]] = {}
            for row in rows:
                sessions.setdefault(row["session_id"], []).append(row)
            calls = [leg for session in sessions.values() for leg in _legs(session)]
            calls.sort(key=lambda leg: (leg["_on"], leg["_at"]), reverse=True)
            incoming = [leg for leg in calls if leg["direction"] == "inbound" and _is_phone(leg)]
            for place, leg in enumerate(incoming[:: self.hidden] if self.hidden else ()):
                leg["from"] = HIDDEN[place % len(HIDDEN)]
            if state == "before":
                open_ = calls[0]["parent_call_sid"] or calls[0]["sid"]
                for leg in calls:
                    if open_ in (leg["sid"], leg["parent_call_sid"]):
                        leg |= {"status": "in-progress", "end_time": None, "duration": None}
            recordings = [_recording(row) for row in rows if row["recording_url"]]
            recordings.sort(key=lambda one: (one["_on"], one["sid"]), reverse=True)
            for leg in calls:
                del leg["_at"]
            self._known[state] = (calls, recordings)
        return self._known[state]


def _is_phone(leg: dict[str, Any]) -> bool:
    return bool(leg["from"]) and leg["from"].startswith("+")


def _legs(session: list[dict[str, Any]]) -> list[dict[str, Any]]:
    first = session[0]
    way, number = first["direction"], int(first["session_id"][3:])
    agent = _address(first)
    line = first["line_phone"] or "+79990000009"
    direction = "inbound"
    if way == "in":
        caller, called = first["client_phone"], line
    elif way == "internal":
        caller, called = _COLLEAGUE, ""
    elif number % 5 == 0:
        # A program calls first the manager and then the client.
        caller, called, direction = line, agent, "outbound-api"
    else:
        caller, called = agent, first["client_phone"]
    end = max(row["ended_at"] for row in session)
    talked = int((end - first["started_at"]).total_seconds())
    begin = first["started_at"]
    legs = [
        _leg(first["session_id"], None, direction, "completed", caller, called, begin, end, talked)
    ]
    legs[0]["date_updated"] = _rfc_2822(max(row["updated_at"] for row in session))
    for row in session:
        if row["call_id"] == row["session_id"]:
            continue
        queue = (row["queue_seconds"] or 0) if row["leg_no"] == 1 else 0
        outside = way == "out" and row["leg_no"] == 1
        branch = _leg(
            row["call_id"],
            row["session_id"],
            "outbound-dial",
            _STATUSES.get(row["result"], "completed"),
            line,
            row["client_phone"] if outside else _address(row),
            row["started_at"] + timedelta(seconds=queue),
            row["ended_at"],
            row["talk_seconds"],
        )
        branch["date_updated"] = _rfc_2822(row["updated_at"])
        if outside and row["result"] == "missed" and number % 2:
            # A machine answered; Twilio detects this if it is requested.
            machine = {"answered_by": "machine_end_beep", "status": "completed", "duration": "3"}
            branch |= machine
        legs.append(branch)
    return legs


def _leg(
    sid: str,
    parent: str | None,
    direction: str,
    status: str,
    caller: str | None,
    called: str | None,
    begin: datetime,
    end: datetime,
    talked: int,
) -> dict[str, Any]:
    answered = end - timedelta(seconds=talked)
    return {
        "sid": sid,
        "parent_call_sid": parent,
        "account_sid": ACCOUNT,
        "direction": direction,
        "status": status,
        "from": caller,
        "to": called,
        "date_created": _rfc_2822(begin),
        "start_time": _rfc_2822(answered),
        "end_time": _rfc_2822(end),
        # The duration of an unanswered call is NULL or 0.
        "duration": f"{talked}" if talked or int(sid[3:]) % 2 else None,
        "price": None,
        "price_unit": "USD",
        "answered_by": None,
        "queue_time": "0",
        "_on": answered.date(),
        "_at": begin,
    }


def _recording(row: dict[str, Any]) -> dict[str, Any]:
    sid = row["recording_url"].rpartition("/")[2]
    return {
        "sid": sid,
        "call_sid": row["call_id"],
        "date_created": _rfc_2822(row["ended_at"]),
        "duration": f"{row['talk_seconds']}",
        "media_url": row["recording_url"],
        "_on": row["ended_at"].date(),
    }


def _address(row: dict[str, Any]) -> str | None:
    """Managers with odd extensions have desk phones."""
    if row["extension"] is None:
        return None
    if int(row["extension"]) % 2:
        return f"sip:{row['extension']}@demo.sip.twilio.com"
    return f"client:{row['email'].replace('.', '_2E').replace('@', '_40')}"


def _rfc_2822(moment: datetime) -> str:
    return format_datetime(moment.replace(tzinfo=ZoneInfo("UTC")))
