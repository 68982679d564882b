"""Yandex Direct: reports are built for some time and kept for hours, TSV, errors with numbers."""

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orchestration.emulators.ads import Stumbles, ad_stats, number, renamed
from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import SlidingWindow

TOKEN = "y0_directtoken0123456789"
LOGIN = "advertiser-login"
# The rows of the company with the ids of Direct, as Direct returns them.
OWN = renamed("yandex_direct")
RENAMED = {
    "ad_stats": f"""
        select * exclude (updated_at) replace (nullif(conversions, 0) as conversions)
        from ({OWN})
    """
}
# Columns that Direct does not have, and why.
NOT_CARRIED = {"ad_stats": {"updated_at": "the API has no time of change"}}
_KEPT_SECONDS = 5 * 3600
_QUEUE = 5
_COLUMNS = {
    "Date": "date",
    "CampaignId": "campaign_id",
    "CampaignName": "campaign_name",
    "AdGroupId": "ad_group_id",
    "AdId": "ad_id",
    "Criterion": "keyword",
    "CriterionId": "criterion_id",
}
_MEASURES = {
    "Impressions": "impressions",
    "Clicks": "clicks",
    "Cost": "spend",
    "Conversions": "conversions",
}


@dataclass
class _Report:
    digest: str
    body: bytes
    asked_at: float
    polls_left: int


class YandexDirect:
    """The service. A report is complete after `polls` more requests; a report of more than
    `most_days` is never complete. The retry interval is `retry_in` seconds; a report of more than
    `quick_days` is not complete within a day. `others`: reports of other clients in the queue; one
    of them completes with each refusal. `is_agency`: the token is that of an agency. `gone` rows
    are left out; `edit` changes the body of a report. Campaigns in `smart` have no impressions by
    targeting, those in `mute` have none at all. With `has_doubles`, every targeting text occurs
    twice in its group. A report is cut off after `most_rows`; its last line then says how many rows
    are in it or, with `tells_all`, how many there are."""

    def __init__(
        self,
        company: Company,
        polls: int = 2,
        most_days: int = 10_000,
        quick_days: int = 10_000,
        retry_in: int = 10,
        others: int = 0,
        is_agency: bool = False,
        smart: Collection[str] = (),
        mute: Collection[str] = (),
        has_doubles: bool = False,
        most_rows: int = 1_000_000,
        tells_all: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._company = company
        self._polls, self._most_days, self._is_agency = polls, most_days, is_agency
        self._quick_days, self._retry_in = quick_days, retry_in
        self._smart, self._mute, self._has_doubles = smart, mute, has_doubles
        self._most_rows, self._tells_all = most_rows, tells_all
        self._clock = clock
        self.others = others
        # Errors of the next requests, as (number, text, status).
        self.errors: list[tuple[int, str, int]] = []
        self.gone: Callable[[dict[str, Any]], bool] = lambda row: False
        self.edit: Callable[[bytes], bytes] = lambda body: body
        self.stumbles = Stumbles()
        self.window = SlidingWindow(20, 10.0, clock=clock)
        self.reports: dict[str, _Report] = {}
        # (first day, last day) of each report that was built.
        self.made: list[tuple[date, date]] = []
        self.most_queued = 0
        self.app = Starlette(
            routes=[
                Route("/json/v501/reports", self._reports, methods=["POST"]),
                Route("/json/v501/clients", self._clients, methods=["POST"]),
            ]
        )

    async def _clients(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        names = (await request.json())["params"]["FieldNames"]
        is_own = self._is_agency and "client-login" not in request.headers
        kind = "AGENCY" if is_own else "CLIENT"
        client = {"ClientId": int(number(self._company, "ya-1")), "Type": kind, "Currency": "RUB"}
        found = {"result": {"Clients": [{name: client[name] for name in names}]}}
        return JSONResponse(found, headers={"Units": "10/63990/64000"})

    async def _reports(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        params = (await request.json())["params"]
        digest = hashlib.sha256(json.dumps([params, *_asked(request)]).encode()).hexdigest()
        first, last = (
            date.fromisoformat(params["SelectionCriteria"][end]) for end in ("DateFrom", "DateTo")
        )
        self._forget()
        report = self.reports.get(params["ReportName"])
        if report and report.digest != digest:
            return _error(4000, "Report name is used by another report")
        if report is None:
            queued = sum(one.polls_left > 0 for one in self.reports.values()) + self.others
            self.most_queued = max(self.most_queued, queued)
            if queued >= _QUEUE:
                self.others = max(0, self.others - 1)
                return _error(9000, "Report queue is full")
            if (last - first).days + 1 > self._most_days:
                return _error(1002, "The report takes too long", 502)
            body = self.edit(self._body(request, params, first, last))
            self.made.append((first, last))
            polls = 86_400 if (last - first).days + 1 > self._quick_days else self._polls
            report = _Report(digest, body, self._clock(), polls)
            self.reports[params["ReportName"]] = report
            if self._polls:
                return Response(status_code=201, headers={"retryIn": "5", "reportsInQueue": "1"})
        if report.polls_left > 0:
            report.polls_left -= 1
            if report.polls_left:
                return Response(status_code=202, headers={"retryIn": f"{self._retry_in}"})
        return Response(report.body, media_type="text/tab-separated-values")

    def _forget(self) -> None:
        now = self._clock()
        self.reports = {
            name: one for name, one in self.reports.items() if now - one.asked_at < _KEPT_SECONDS
        }

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(53, "Authorization error")
        if self._is_agency and request.headers.get("client-login", LOGIN) != LOGIN:
            return _error(8800, "Client-Login: object is not found")
        if self.errors:
            return _error(*self.errors.pop(0))
        if not self.window.allows():
            return _error(506, "Too many requests")
        return None

    def _body(self, request: Request, params: dict[str, Any], first: date, last: date) -> bytes:
        names = params["FieldNames"]
        vat = Decimal(1 if params["IncludeVAT"] == "YES" else 1.25)
        in_micros = request.headers.get("returnmoneyinmicros") != "false"
        cuts = [name for name in names if name in _COLUMNS]
        totals: dict[tuple[Any, ...], dict[str, Any]] = {}
        is_empty = self.stumbles.at((first, last))
        (only,) = params["SelectionCriteria"].get("Filter", [{"Values": None}])
        for row in self._rows(first, last):
            if is_empty or self.gone(row):
                continue
            if only["Values"] is not None and row["campaign_id"] not in only["Values"]:
                continue
            sums = totals.setdefault(
                tuple(row[_COLUMNS[name]] for name in cuts), dict.fromkeys(_MEASURES.values(), 0)
            )
            for name in sums:
                sums[name] += row[name] or 0
        lines = ["\t".join(names)]
        for cut, sums in totals.items():
            spend = sums["spend"] / vat
            values = dict(zip(cuts, cut, strict=True))
            muted = {*self._mute, *(self._smart if "Criterion" in cuts else ())}
            values |= {
                "Impressions": None if values["CampaignId"] in muted else sums["impressions"],
                "Clicks": sums["clicks"],
                "Cost": int(spend * 100) * 10_000 if in_micros else f"{spend:.2f}",
                "Conversions": int(sums["conversions"]) or None,
            }
            lines.append("\t".join("--" if values[n] is None else f"{values[n]}" for n in names))
        rows = len(totals) if self._tells_all else min(len(totals), self._most_rows)
        lines = [*lines[: self._most_rows + 1], f"Total rows: {rows}"]
        if request.headers.get("skipreportheader") != "true":
            lines.insert(0, f'"{params["ReportName"]} ({first} - {last})"')
        return "\n".join([*lines, ""]).encode()

    def _rows(self, first: date, last: date) -> Iterator[dict[str, Any]]:
        for row in ad_stats(self._company, "yandex_direct", first, last):
            row["criterion_id"] = f"{row['keyword'] and number(self._company, row['keyword'])}"
            if self._has_doubles and row["impressions"]:
                rest = dict.fromkeys(("clicks", "spend", "conversions"), 0)
                yield {**row, **rest, "impressions": 1, "criterion_id": "1"}
                row["impressions"] -= 1
            yield row


def _asked(request: Request) -> list[str | None]:
    return [request.headers.get(name) for name in ("client-login", "returnmoneyinmicros")]


def _error(code: int, text: str, status: int = 400) -> Response:
    # Direct returns the number in both formats.
    number = f"{code}" if code % 2 else code
    error = {"request_id": "42", "error_code": number, "error_string": text, "error_detail": ""}
    return JSONResponse({"error": error}, status)
