"""UIS: JSON-RPC, errors in the body of a 200, times without an offset, capped offsets."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from emulators.company import Company
from emulators.limits import SlidingWindow

TOKEN = "uis-key-0123456789"
ZONE = "Europe/Moscow"
_MAX_PAGE, _MAX_OFFSET = 10_000, 100_000

# The demo company's calls by the numbers that UIS gives them; internal calls it does not show.
RENAMED = """
    select * replace (
        if(
            phone_ext is null,
            'session-' || cast(substr(call_id, 2, 7) as bigint),
            cast(cast(substr(call_id, 2, 7) as bigint) * 10 + coalesce(leg_no, 1) as varchar)
        ) as call_id,
        cast(cast(substr(call_id, 2, 7) as bigint) as varchar) as session_id
    )
    from calls
"""

_LEGS = f"""
    with legs as (from ({RENAMED}) where direction != 'internal')
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
        list(recording_url) filter (where recording_url is not null) as call_records
    from legs group by session_id
"""

_OPERATOR_LEGS = f"""
    with legs as ({_LEGS})
    select
        try_cast(call_id as bigint) as id,
        cast(session_id as bigint) as call_session_id,
        rung_at as start_time,
        answered_at as connect_time,
        talk_seconds as duration,
        date_diff('second', rung_at, ended_at) as total_duration,
        direction, null as finish_reason,
        true as is_operator, talk_seconds > 0 as is_talked,
        cast(phone_ext as bigint) as employee_id,
        client_phone as calling_phone_number, phone_ext as called_phone_number
    from legs where phone_ext is not null
"""

_EMPLOYEES = """
    select distinct
        cast(phone_ext as bigint) as id, 'Operator ' || phone_ext as full_name, null as email,
        {'extension_phone_number': phone_ext} as extension
    from calls where phone_ext is not null
"""

_REPORTS = {"get.calls_report": _SESSIONS, "get.call_legs_report": _OPERATOR_LEGS}
_METHODS = {**_REPORTS, "get.employees": _EMPLOYEES}


class Uis:
    """The service; `per_minute` requests are allowed in any minute."""

    def __init__(self, company: Company, per_minute: int = 200) -> None:
        self._company = company
        self.minute = SlidingWindow(per_minute, 60.0)
        self.app = Starlette(routes=[Route("/v2.0", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> JSONResponse:
        asked = await request.json()
        method, params = asked["method"], asked["params"]
        if params.get("access_token") != TOKEN:
            return _error(asked, -32001, "access_token_invalid")
        if method not in _METHODS:
            return _error(asked, -32601, "method_not_found")
        if not self.minute.allows():
            return _error(asked, -32029, "limit_exceeded")
        limit, offset = params.get("limit", 1000), params.get("offset", 0)
        if limit > _MAX_PAGE or offset > _MAX_OFFSET:
            return _error(asked, -32602, "limit_value_is_too_big")
        rows = self._company.rows(f"select * from ({_METHODS[method]}) order by 2, 1")
        if method in _REPORTS:
            first, last = params["date_from"], params["date_till"]
            if (_day(last) - _day(first)) > 93:
                return _error(asked, -32602, "date_interval_limit_reached")
            rows = [_local(row) for row in rows]
            rows = [row for row in rows if first <= row["start_time"] <= last]
            rows.sort(key=lambda row: (row["start_time"], row["id"]))
            fields = params.get("fields", ["id", "start_time", "direction"])
            rows = [{name: row[name] for name in fields} for row in rows]
        page = rows[offset : offset + limit]
        limits = {"minute_limit": self.minute.count, "day_limit": 3000}
        result = {"data": page, "metadata": {"total_items": len(rows), "limits": limits}}
        return JSONResponse({"jsonrpc": "2.0", "id": asked["id"], "result": result})


def _error(asked: dict, code: int, mnemonic: str) -> JSONResponse:
    error = {"code": code, "message": mnemonic, "data": {"mnemonic": mnemonic, "field": None}}
    return JSONResponse({"jsonrpc": "2.0", "id": asked.get("id"), "error": error})


def _day(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal()


def _local(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its times as the account's clock shows them."""
    shown = dict(row)
    for name in ("start_time", "finish_time", "connect_time"):
        if shown.get(name) is not None:
            utc = shown[name].replace(tzinfo=ZoneInfo("UTC"))
            shown[name] = f"{utc.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M:%S}"
    return shown
