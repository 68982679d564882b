"""Meta: reports that run for a while, pages with addresses, numbers as text, limits that return a
400."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orchestration.emulators.ads import Stumbles, ad_stats, renamed
from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import SlidingWindow

TOKEN = "EAAmetatoken0123456789abcdefghij"
ACCOUNT = "1234567"
# The rows of the company (of another network) with the ids of Meta, which are too long for a
# floating-point number, as Meta returns them.
OWN = f"""
    select * replace (
        'meta_ads' as platform, '{ACCOUNT}' as account_id,
        '2385' || campaign_id || '000001' as campaign_id,
        '2386' || ad_group_id || '000001' as ad_group_id,
        '2387' || ad_id || '000001' as ad_id
    )
    from ({renamed("vk_ads")})
"""
RENAMED = {"ad_stats": f"select * exclude (updated_at) from ({OWN})"}
# Columns that Meta does not have, and why.
NOT_CARRIED = {"ad_stats": {"updated_at": "the API has no time of change"}}
_MEASURES = ("impressions", "clicks", "spend", "conversions")
# The states of a run before it is complete; it may also not be complete at 100 %.
_STATES = [
    ("Job Not Started", 0),
    ("Job Running", 30),
    ("Job Running", 100),
    ("Job Completed", 97),
    ("Job Completed", 100),
]


@dataclass
class _Run:
    rows: list[dict[str, Any]]
    states: list[tuple[str, int]]


class Meta:
    """The service; the demo company's campaigns in VK are served as campaigns of Meta.

    A run of more than `most_days` fails, one of more than `quick_days` does not end. `per_hour`
    calls are answered; if `is_open`, every answer has the number of used calls. `errors`: the
    errors of the next requests, as (status, code, subcode, message); `lost`: those of the next
    requests of a run. Ads of `deleted` rows are part
    of the account; the list of ads has them only if their status is requested, and not even then if
    `forgets`. `gone` rows are in neither.
    """

    def __init__(
        self,
        company: Company,
        most_days: int = 10_000,
        quick_days: int = 10_000,
        page: int = 50,
        per_hour: int = 10_000,
        is_open: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._company = company
        self._most_days, self._quick_days, self._page = most_days, quick_days, page
        self._is_open, self._clock = is_open, clock
        self.hour = SlidingWindow(per_hour, 3600.0, clock=clock)
        # The times of all answered calls.
        self.answered: list[float] = []
        self.stumbles = Stumbles()
        self.gone: Callable[[dict[str, Any]], bool] = lambda row: False
        self.deleted: Callable[[dict[str, Any]], bool] = lambda row: False
        self.forgets = False
        self._runs: dict[str, _Run] = {}
        self.errors: list[tuple[int, int, int | None, str]] = []
        self.lost: list[tuple[int, int, int | None, str]] = []
        # (first day, last day) of each run for ads; each has another run for the account.
        self.asked: list[tuple[date, date]] = []
        self.app = Starlette(
            routes=[
                Route("/v25.0/act_{account}", self._account, methods=["GET"]),
                Route("/v25.0/act_{account}/insights", self._begin, methods=["POST"]),
                Route("/v25.0/{run:int}", self._status, methods=["GET"]),
                Route("/v25.0/{run:int}/insights", self._insights, methods=["GET"]),
            ]
        )

    async def _account(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        account = {"currency": "RUB", "timezone_name": "Europe/Moscow"}
        return self._answer({**account, "id": f"act_{ACCOUNT}"})

    async def _begin(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        params = dict(parse_qsl((await request.body()).decode()))
        assert params["time_increment"] == "1"
        days = json.loads(params["time_range"])
        first, last = (date.fromisoformat(days[end]) for end in ("since", "until"))
        rows = ad_stats(self._company, "vk_ads", first, last)
        rows = [row for row in rows if not self.gone(row)]
        if params["level"] == "account":
            rows = _account_rows(rows)
        else:
            assert params["level"] == "ad"
            self.asked.append((first, last))
            if self.forgets or "DELETED" not in params.get("filtering", ""):
                rows = [row for row in rows if not self.deleted(row)]
        shown = [_shaped(row, params["fields"].split(",")) for row in rows]
        fails = (last - first).days + 1 > self._most_days
        states = [*_STATES[:2], ("Job Failed", 30)] if fails else list(_STATES)
        if (last - first).days + 1 > self._quick_days:
            states = _STATES[1:2]
        number = f"{6_023_000_000_000_000 + len(self._runs)}"
        self._runs[number] = _Run(shown, states)
        return self._answer({"report_run_id": number})

    async def _status(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        number = f"{request.path_params['run']}"
        states = self._runs[number].states
        status, percent = states.pop(0) if len(states) > 1 else states[0]
        return self._answer(
            {"id": number, "async_status": status, "async_percent_completion": percent}
        )

    async def _insights(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        number = f"{request.path_params['run']}"
        rows, begin = self._runs[number].rows, int(request.query_params.get("after", 0))
        page = rows[begin : begin + min(self._page, int(request.query_params["limit"]))]
        if not page or self.stumbles.at((number, begin)):
            return self._answer({"data": []})
        end = begin + len(page)
        paging: dict[str, Any] = {"cursors": {"before": f"{begin}", "after": f"{end}"}}
        if end < len(rows):
            limit = request.query_params["limit"]
            asked = f"access_token={TOKEN}&limit={limit}&after={end}"
            paging["next"] = f"{request.url.replace(query=asked)}"
        return self._answer({"data": page, "paging": paging})

    def _answer(self, content: dict[str, Any]) -> Response:
        self.answered.append(self._clock())
        return JSONResponse(content, headers=self._usage())

    def _usage(self) -> dict[str, str]:
        """Percent of the hourly limit; low usage of other limits is included."""
        if not self._is_open:
            return {}
        used = 100 * (self.hour.count - self.hour.left) // self.hour.count
        shut = {"estimated_time_to_regain_access": 0 if self.hour.left else 60}
        use = {"type": "ads_insights", "call_count": used, "total_cputime": 1, "total_time": 1}
        util = {"app_id_util_pct": 1.5, "acc_id_util_pct": 1}
        return {
            "x-business-use-case-usage": json.dumps({ACCOUNT: [use | shut]}),
            "x-fb-ads-insights-throttle": json.dumps(util),
            "x-app-usage": json.dumps({"call_count": 2, "total_time": 1, "total_cputime": 1}),
        }

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(400, 190, 463, "Error validating access token: Session has expired")
        if request.path_params.get("account", ACCOUNT) != ACCOUNT:
            told = f"Object with ID 'act_{request.path_params['account']}' does not exist"
            return _error(400, 100, 33, f"Unsupported get request. {told}")
        if self.lost and "run" in request.path_params:
            return _error(*self.lost.pop(0))
        if self.errors:
            return _error(*self.errors.pop(0))
        if not self.hour.allows():
            code = 80_000 if self._is_open else 17
            return _error(400, code, None, "There have been too many calls")
        return None


def _account_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sums of each day."""
    days: dict[date, dict[str, Any]] = {}
    for row in rows:
        day = days.setdefault(row["date"], {**row, **dict.fromkeys(_MEASURES, 0)})
        for name in _MEASURES:
            day[name] += row[name] or 0
    return list(days.values())


def _shaped(row: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "account_id": ACCOUNT,
        "account_currency": row["account_currency"],
        "campaign_id": f"2385{row['campaign_id']}000001",
        "campaign_name": row["campaign_name"],
        "adset_id": f"2386{row['ad_group_id']}000001",
        "ad_id": f"2387{row['ad_id']}000001",
        "impressions": f"{row['impressions']}",
        "clicks": f"{row['clicks']}",
        "spend": f"{row['spend']}",
    }
    if row["conversions"]:
        leads = f"{int(row['conversions'])}"
        shown["actions"] = [
            {"action_type": "link_click", "value": f"{row['clicks']}"},
            {"action_type": "onsite_conversion.lead_grouped", "value": leads},
            {"action_type": "lead", "value": leads, "7d_click": leads},
        ]
    wanted = {name: value for name, value in shown.items() if name in fields}
    return wanted | {"date_start": f"{row['date']}", "date_stop": f"{row['date']}"}


def _error(status: int, code: int, subcode: int | None, message: str) -> Response:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    if subcode:
        error["error_subcode"] = subcode
    usage = [{"type": "ads_insights", "call_count": 100, "estimated_time_to_regain_access": 7}]
    headers = {"x-business-use-case-usage": json.dumps({ACCOUNT: usage})}
    return JSONResponse({"error": error}, status, headers=headers if code >= 80_000 else {})
