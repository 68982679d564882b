"""UIS: JSON-RPC, errors in the body of a 200, times without an offset, limited offsets."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import SlidingWindow

TOKEN = "uis-key-0123456789"
ZONE = "Europe/Moscow"


def _number(expression: str) -> str:
    return f"cast(substr({expression}, 2, 7) as bigint)"


def session_id(expression: str) -> str:
    """SQL of the UIS id of a session of the demo company."""
    return f"cast({_number(expression)} as varchar)"


# The calls with the ids of UIS, without internal calls.
_CALLS = f"""
    select * replace (
        if(
            phone_ext is null,
            'session-' || {session_id("call_id")},
            cast({_number("call_id")} * 10 + coalesce(leg_no, 1) as varchar)
        ) as call_id,
        {session_id("call_id")} as session_id
    )
    from calls
    where direction != 'internal'
"""

# The calls of the company as UIS returns them. Managers who left are no longer employees.
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
            -- The ids of the recordings of the whole session.
            to_json(
                list(recording_url order by recording_url) filter (recording_url is not null)
                over (partition by calls.session_id)
            )::varchar as recording_url
        )
        from ({_CALLS}) as calls
        left join users on calls.phone_ext = users.phone_ext and users.is_active
    """
}

# Columns that UIS does not have, and why.
NOT_CARRIED = {
    "calls": {
        "user_id": "it has its own ids; employees are matched by e-mail and extension",
        "lead_id": "it has no data of the CRM",
        "deal_id": "it has no data of the CRM",
        "updated_at": "not in the API",
    }
}

_LEGS = f"""
    with legs as ({_CALLS})
    select
        *,
        coalesce(leg_no, 1) as leg,
        started_at + to_seconds(if(leg = 1, coalesce(queue_seconds, 0), 0)) as rung_at
    from legs
"""

_SESSIONS = f"""
    with legs as ({_LEGS})
    select
        cast(session_id as bigint) as id,
        min(started_at) as start_time,
        max(ended_at) as finish_time,
        min_by(direction, leg) as direction,
        bool_and(talk_seconds = 0) as is_lost,
        case
            when bool_or(talk_seconds > 0) then 'operator_answer'
            when max_by(result, leg) = 'abandoned' then 'subscriber_disconnects'
            when max_by(result, leg) = 'failed' then 'numb_not_exists'
            else 'timeout'
        end as finish_reason,
        coalesce(sum(queue_seconds + ring_seconds), 0)::bigint as wait_duration,
        sum(talk_seconds)::bigint as talk_duration,
        date_diff('second', min(started_at), max(ended_at)) as total_duration,
        min_by(client_phone, leg) as contact_phone_number,
        coalesce(min_by(line_phone, leg), '79990000009') as virtual_phone_number,
        list(recording_url order by recording_url) filter (recording_url is not null)
            as call_records
    from legs group by session_id
"""

_OPERATOR_LEGS = f"""
    with legs as ({_LEGS})
    select
        try_cast(call_id as bigint) as id,
        cast(session_id as bigint) as call_session_id,
        rung_at as start_time,
        -- For an outgoing call, the manager's phone is answered at once, and the manager waits.
        if(direction = 'out' and result != 'failed', rung_at, answered_at) as connect_time,
        date_diff('second', rung_at, ended_at) as total_duration,
        if(direction = 'out' and leg_no is null, total_duration, talk_seconds) as duration,
        direction, null as finish_reason,
        true as is_operator, talk_seconds > 0 as is_talked,
        cast(phone_ext as bigint) as employee_id,
        client_phone as calling_phone_number, phone_ext as called_phone_number,
        false as is_coach
    from legs where phone_ext is not null
    union all
    -- Sometimes a coach listens: a separate leg, which is not a call.
    select
        cast(session_id as bigint) * 10 + 9, cast(session_id as bigint), answered_at, answered_at,
        talk_seconds, talk_seconds, direction, null, true, true, 999, client_phone, '999', true
    from legs where talk_seconds > 0 and leg_no is null and day(started_at) % 3 = 0
"""

_EMPLOYEES = """
    select
        cast(phone_ext as bigint) as id, name as full_name, email,
        {'extension_phone_number': phone_ext} as extension
    from users where phone_ext is not null
"""

_REPORTS = {"get.calls_report": _SESSIONS, "get.call_legs_report": _OPERATOR_LEGS}
_DICTIONARIES = {
    "get.employees": _EMPLOYEES,
    "get.account": f"select 4711 as app_id, 'Demo' as name, '{ZONE}' as timezone",
}
# The fields by which a report can be sorted, as far as the connector reads them: not by id.
_SORTABLE = {
    "get.calls_report": {"start_time", "direction", "is_lost", "finish_reason"},
    "get.call_legs_report": {"start_time", "call_session_id", "direction", "employee_id"},
}
METHODS = (*_REPORTS, *_DICTIONARIES)
# The fields of a report if the request names none.
_DEFAULT_FIELDS = ("id", "start_time", "finish_time", "direction")

_CODES = {
    "access_token_expired": -32001,
    "access_token_invalid": -32001,
    "access_token_blocked": -32001,
    "ip_not_whitelisted": -32003,
    "forbidden": -32003,
    "account_inactive": -32009,
    "method_component_disabled": -32008,
    "limit_exceeded": -32029,
    "method_not_found": -32601,
    "internal_error": -32603,
}


@dataclass
class Uis:
    """The service. Its limits can be lowered, so that tests reach them with a small company.

    `refusals`: error mnemonics for the next requests, one each. `late`: this many rows of a report
    with several pages are missing while its first page is read. `staff`: SQL condition of the
    employees in the list. `asked`: all requests. Rows that a request does not sort have another
    order in each answer.
    """

    company: Company
    per_minute: int = 200
    per_day: int = 3000
    max_page: int = 10_000
    max_offset: int = 100_000
    late: int = 0
    staff: str = "is_active"
    clock: Callable[[], float] = time.monotonic
    refusals: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.minute = SlidingWindow(self.per_minute, 60.0, clock=self.clock)
        self.day = SlidingWindow(self.per_day, 86_400.0, clock=self.clock)
        self._reports: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.app = Starlette(routes=[Route("/v2.0", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> JSONResponse:
        asked = await request.json()
        self.asked.append(asked)
        refused, answer = self._refusal(asked), None
        if refused is None:
            refused, answer = self._result(asked["method"], asked["params"])
        if refused:
            self.refused[refused] += 1
            error = {
                "code": _CODES.get(refused, -32602),
                "message": self._message(refused),
                "data": {"mnemonic": refused, "field": None, "value": None, "metadata": {}},
            }
            return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error})
        return JSONResponse({"jsonrpc": "2.0", "id": asked["id"], "result": answer})

    def _message(self, refused: str) -> str:
        """The exceeded limit is named only in the text."""
        if refused != "limit_exceeded":
            return f"Refused with {refused}"
        span, most = ("minute", self.per_minute) if self.day.left else ("day", self.per_day)
        return f"Limit per {span} has been exceeded. Value of current limit per {span} is {most}"

    def _refusal(self, asked: dict[str, Any]) -> str | None:
        if self.refusals:
            return self.refusals.pop(0)
        if asked["params"].get("access_token") != TOKEN:
            return "access_token_invalid"
        if asked["method"] not in METHODS:
            return "method_not_found"
        # Only successful requests count against the limits; a request over the limit is detected
        # before.
        return None if self.minute.allows() and self.day.allows() else "limit_exceeded"

    def _result(
        self, method: str, params: dict[str, Any]
    ) -> tuple[str | None, dict[str, Any] | None]:
        limit, offset = params.get("limit", 1000), params.get("offset", 0)
        if limit > self.max_page:
            return "limit_value_is_too_big", None
        if method in _REPORTS and offset > self.max_offset:
            return "offset_value_is_too_big", None
        if method in _REPORTS:
            first, last = params["date_from"], params["date_till"]
            if _day(last) - _day(first) > 92:
                return "date_interval_limit_reached", None
            sort = [one["field"] for one in params.get("sort", ())]
            if not _SORTABLE[method] >= set(sort):
                return "sort_prohibited", None
            rows = [row for row in self._report(method) if first <= row["start_time"] <= last]
            random.Random(len(self.asked)).shuffle(rows)
            rows.sort(key=lambda row: [row[name] for name in sort])
            if self.late and offset == 0 and len(rows) - self.late > limit:
                rows = rows[: -self.late]
            fields = params.get("fields", _DEFAULT_FIELDS)
            if rows and not rows[0].keys() >= set(fields):
                return "invalid_parameter_value", None
            rows = [{name: row[name] for name in fields} for row in rows]
        else:
            of_staff = f" and {self.staff}" if method == "get.employees" else ""
            rows = self.company.rows(f"{_DICTIONARIES[method]}{of_staff} order by 1")
        limits = {
            **{"day_limit": self.per_day, "day_remaining": self.day.left, "day_reset": 40_210},
            **{"minute_limit": self.per_minute, "minute_remaining": self.minute.left},
        }
        if method == "get.account":
            return None, {"data": rows, "meta_data": {}}
        metadata = {"total_items": len(rows), "limits": limits}
        return None, {"data": rows[offset : offset + limit], "metadata": metadata}

    def _report(self, method: str) -> list[dict[str, Any]]:
        """All rows of a report in the current state."""
        known = (method, self.company.state)
        if known not in self._reports:
            self._reports[known] = [_local(row) for row in self.company.rows(_REPORTS[method])]
        return self._reports[known]


def _day(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal()


def _local(row: dict[str, Any]) -> dict[str, Any]:
    """The row with times in the zone of the account."""
    shown = dict(row)
    for name in ("start_time", "finish_time", "connect_time"):
        if shown.get(name) is not None:
            utc = shown[name].replace(tzinfo=ZoneInfo("UTC"))
            shown[name] = f"{utc.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M:%S}"
    return shown
