"""Mango Office: signed forms, reports that are requested first and fetched later, days of Moscow,
times in UTC, and a block of two minutes after two invalid requests."""

import base64
import hashlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import SlidingWindow

KEY, SALT = "mango-key-0123456789", "mango-salt-9876543210"

_MOSCOW = timedelta(hours=3)
_PENANCE = 120.0
_NOBODYS_EXT = 999
_LIMITS = {1, 5, 10, 20, 50, 100, 500, 1000, 2000, 5000}


def session_id(expression: str) -> str:
    """SQL of the Mango id of a session of the demo company."""
    return f"to_base64(encode('call ' || cast(substr({expression}, 2, 7) as bigint)))"


# The calls with the ids of Mango.
_CALLS = f"""
    select * exclude (entry_id) replace (
        entry_id || '-' || coalesce(leg_no, 1) as call_id,
        entry_id as session_id
    )
    from (select *, {session_id("call_id")} as entry_id from calls)
"""

# The calls of the company as Mango returns them. Managers who left are no longer users.
RENAMED = {
    "calls": f"""
        select calls.* replace (
            users.email as user_email,
            users.phone_ext as phone_ext,
            coalesce(calls.leg_no, 1) as leg_no,
            coalesce(calls.result, 'answered') as result,
            -- If nobody answered, there is only one wait, without its parts.
            if(calls.phone_ext is null, queue_seconds + ring_seconds, queue_seconds)
                as queue_seconds,
            if(calls.phone_ext is null, 0, ring_seconds) as ring_seconds,
            -- The ids of the recordings of the leg.
            if(recording_url is null, null, to_json([recording_url])::varchar) as recording_url
        )
        from ({_CALLS}) as calls
        left join users on calls.phone_ext = users.phone_ext and users.is_active
    """
}

# Columns that Mango does not have, and why.
NOT_CARRIED = {
    "calls": {
        "user_id": "it has its own user ids; users are matched by e-mail and extension",
        "lead_id": "it has no data of the CRM",
        "deal_id": "it has no data of the CRM",
        "updated_at": "not in the API",
    }
}

# Reasons for the end of a leg: normal, the caller hung up, no answer, the number is out of reach.
_NORMAL, _CALLER, _NOBODY, _UNREACHABLE = 1100, 1110, 1111, 1131


@dataclass
class Mango:
    """The service.

    `steps`: the answers of a report before it is complete. `ends`: how the next reports end instead
    of being complete, one each. `results`: result codes of the next requests, one each. `staff`:
    SQL condition of the users in the list.
    """

    company: Company
    seconds_per_statistic: float = 2.0
    max_page: int = 5_000
    clock: Callable[[], float] = time.monotonic
    steps: tuple[str, ...] = ("204", "request", "work")
    ends: list[str] = field(default_factory=list)
    results: list[int] = field(default_factory=list)
    staff: str = "is_active"
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.second = SlidingWindow(10, 1.0, clock=self.clock)
        self.statistics = SlidingWindow(1, self.seconds_per_statistic, clock=self.clock)
        self._reports: dict[str, tuple[list[str], list[dict[str, Any]]]] = {}
        self._numbers = itertools.count(1)
        self._wrong_at = self._closed_until = float("-inf")
        self._contexts: dict[str, list[dict[str, Any]]] = {}
        paths = (
            "config/users/request",
            "stats/calls/request/",
            "stats/calls/result/",
            "{path:path}",
        )
        self.app = Starlette(
            routes=[Route(f"/vpbx/{path}", self._answer, methods=["POST"]) for path in paths]
        )

    async def _answer(self, request: Request) -> Response:
        form = {name: one[0] for name, one in parse_qs((await request.body()).decode()).items()}
        path = request.url.path.removeprefix("/vpbx/").strip("/")
        question = json.loads(form["json"])
        self.asked.append((path, question))
        answer = self._refusal(path, form) or self._result(path, question)
        if answer.status_code >= 400:
            self.refused[answer.status_code] += 1
        return answer

    def _refusal(self, path: str, form: dict[str, str]) -> Response | None:
        if self.clock() < self._closed_until:
            return JSONResponse({"message": "Unauthorized"}, 401)
        signed = hashlib.sha256(f"{KEY}{form['json']}{SALT}".encode()).hexdigest()
        if form["vpbx_api_key"] != KEY or form["sign"] != signed:
            return JSONResponse({"result": 3101})
        counted = (self.second, self.statistics) if path.startswith("stats/") else (self.second,)
        if not all(limit.allows() for limit in counted):
            return PlainTextResponse("Rate limit exceeded", 429)
        if self.results:
            return JSONResponse({"result": self.results.pop(0)})
        return None

    def _result(self, path: str, question: dict[str, Any]) -> Response:
        match path:
            case "config/users/request":
                return JSONResponse({"users": self._users()})
            case "stats/calls/request":
                return self._order(question)
            case "stats/calls/result":
                return self._fetch(question["key"])
        return JSONResponse({"result": 3300}, 404)

    def _wrong(self, code: int) -> Response:
        """The first invalid request in two minutes has no consequence."""
        now = self.clock()
        if now - self._wrong_at < _PENANCE:
            self._closed_until = now + _PENANCE
            return JSONResponse({"message": "Unauthorized"}, 401)
        self._wrong_at = now
        return JSONResponse({"result": code}, 400)

    def _order(self, question: dict[str, Any]) -> Response:
        if not question.keys() >= {"start_date", "end_date", "limit", "offset"}:
            return self._wrong(3103)
        first, last = (_moment(question[name]) for name in ("start_date", "end_date"))
        limit, offset = int(question["limit"]), int(question["offset"])
        if last - first > timedelta(days=28) or limit not in _LIMITS:
            return self._wrong(3104)
        calls = [call for call in self._calls() if first <= _begin(call) <= last]
        key = base64.b64encode(f"report {next(self._numbers)}".encode()).decode()
        page = min(limit, self.max_page)
        self._reports[key] = (list(self.steps), calls[offset : offset + page])
        return JSONResponse({"result": 1000, "key": key})

    def _fetch(self, key: str) -> Response:
        steps, calls = self._reports[key]
        if steps:
            step = steps.pop(0)
            if step == "204":
                return Response(status_code=204)
            return JSONResponse({"result": 1000, "status": step})
        if self.ends:
            end = self.ends.pop(0)
            del self._reports[key]
            if end == "404":
                return JSONResponse({"message": "Not found"}, 404)
            return JSONResponse({"result": 1000, "status": end})
        groups = [
            {"period": f"{day}", "total_calls_count": len(list_), "list": _single(list_)}
            for day, list_ in _by_day(calls).items()
        ]
        return JSONResponse({"result": 1000, "status": "complete", "data": _single(groups)})

    def _users(self) -> list[dict[str, Any]]:
        return [
            {
                "general": {
                    "user_id": _user(row["phone_ext"]),
                    "name": row["name"],
                    "email": row["email"],
                },
                "telephony": {"extension": row["phone_ext"], "numbers": []},
            }
            for row in self.company.rows(
                f"from users where phone_ext is not null and {self.staff} order by user_id"
            )
        ]

    def _calls(self) -> list[dict[str, Any]]:
        """All calls of the current state, ordered by start."""
        state = self.company.state
        if state not in self._contexts:
            rows = self.company.rows(f"from ({_CALLS}) order by started_at, session_id, leg_no")
            sessions: dict[str, list[dict[str, Any]]] = {}
            for row in rows:
                sessions.setdefault(row["session_id"], []).append(row)
            self._contexts[state] = [_context(legs) for legs in sessions.values()]
        return self._contexts[state]


def _context(rows: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = rows[0], rows[-1]
    incoming, outgoing = first["direction"] == "in", first["direction"] == "out"
    # The demo company has no callers of internal calls.
    caller = None if incoming else _user(first["phone_ext"] if outgoing else _NOBODYS_EXT)
    legs = [_leg(row, caller if outgoing and row is first else None) for row in rows]
    if incoming and first["queue_seconds"]:
        # The queue is a group; the managers whose phones rang are its members.
        members = [leg for leg, row in zip(legs, rows, strict=True) if row["phone_ext"]]
        group = {**legs[-1], "call_type": "group", "call_abonent_id": 900, "recording_id": []}
        # A list can also be an object with numbers as keys.
        by_number = {f"{place}": leg for place, leg in enumerate(members)}
        is_odd = _unix(first["started_at"]) % 2
        legs = [{**group, "members": (by_number if is_odd else members) or None}]
    elif outgoing and _unix(first["started_at"]) % 2:
        # Sometimes the leg of the caller is included.
        legs.insert(0, {**legs[0], "call_type": "user", "call_abonent_id": caller})
    if last["talk_seconds"] and _unix(first["started_at"]) % 3 == 0:
        # Sometimes a supervisor listens: a separate leg, which is not a call.
        listens = {"call_abonent_id": _user(_NOBODYS_EXT), "recording_id": [], "ModeListen": True}
        legs.append({**_leg(last, None), "call_type": "user", **listens})
    return {
        "entry_id": first["session_id"],
        "context_type": {"in": 1, "out": 2, "internal": 3}[first["direction"]],
        "context_status": int(any(row["talk_seconds"] for row in rows)),
        "caller_id": caller,
        "caller_name": "",
        "caller_number": first["client_phone"] if incoming else first["phone_ext"],
        "called_number": first["line_phone"] if incoming else first["client_phone"],
        "context_start_time": _unix(first["started_at"]),
        "duration": _unix(last["ended_at"]) - _unix(first["started_at"]),
        "talk_duration": sum(row["talk_seconds"] for row in rows),
        "recall_status": 2,
        "context_calls": legs,
    }


def _leg(row: dict[str, Any], caller: int | None) -> dict[str, Any]:
    """A leg; for an outgoing call the leg of the client."""
    to_user = row["phone_ext"] is not None and caller is None
    # Some managers have external phones: the leg has the number and the user.
    is_outside = to_user and row["direction"] == "in" and int(row["phone_ext"]) % 5 == 0
    answered = row["answered_at"] and _unix(row["answered_at"])
    begin = _unix(row["started_at"]) + (row["queue_seconds"] or 0)
    reason = {"abandoned": _CALLER, "failed": _UNREACHABLE, "missed": _NOBODY}
    return {
        "call_type": "user" if to_user and not is_outside else "number",
        "call_abonent_id": _user(row["phone_ext"]) if to_user else caller,
        "call_abonent_number": f"sip:{row['phone_ext']}@demo" if to_user else row["client_phone"],
        "call_start_time": begin,
        "call_answer_time": answered,
        "call_end_time": _unix(row["ended_at"]),
        "call_duration": _unix(row["ended_at"]) - begin,
        "talk_duration": row["talk_seconds"],
        "dial_duration": row["ring_seconds"],
        "call_end_reason": reason.get(row["result"], _NORMAL),
        "recording_id": [row["recording_url"]] if row["recording_url"] else [],
        "ModeListen": False,
        "ModePrompt": False,
        "members": None,
    }


def _user(ext: Any) -> int:
    return 10_000 + int(ext)


def _unix(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())


def _begin(call: dict[str, Any]) -> datetime:
    """A time in the zone of Moscow."""
    return datetime.fromtimestamp(call["context_start_time"], UTC).replace(tzinfo=None) + _MOSCOW


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M:%S")


def _by_day(calls: list[dict[str, Any]]) -> dict[Any, list[dict[str, Any]]]:
    days: dict[Any, list[dict[str, Any]]] = {}
    for call in calls:
        days.setdefault(_begin(call).date(), []).append(call)
    return days


def _single(values: list[dict[str, Any]]) -> Any:
    """One element is a value, three are an object, other numbers of elements are a list."""
    match len(values):
        case 1:
            return values[0]
        case 3:
            return {f"{place}": value for place, value in enumerate(values)}
        case _:
            return values
