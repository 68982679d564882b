"""Google Ads: OAuth, streams in chunks, numbers as text, errors in a list, and three reports of the
same spend."""

import re
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orchestration.emulators.ads import Stumbles, ad_stats, renamed
from orchestration.emulators.company import Company
from orchestration.emulators.rate_limits import SlidingWindow

CUSTOMER, MANAGER = "1234567890", "9876543210"
# The rows of the company with the ids of Google, as Google Ads returns them.
OWN = f"select * replace ('{CUSTOMER}' as account_id) from ({renamed('google_ads')})"
RENAMED = {"ad_stats": f"select * exclude (updated_at) from ({OWN})"}
# Columns that Google Ads does not have, and why.
NOT_CARRIED = {"ad_stats": {"updated_at": "the API has no time of change"}}
DEVELOPER_TOKEN = "dev-token-0123456789abc"
CLIENT_ID, CLIENT_SECRET = "client.apps.example.com", "client-secret-0123456789"
REFRESH_TOKEN = "1//refresh-0123456789abcdef"
_CHUNK = 100
_MILLIONTH = Decimal("0.000001")
_SUMS = ("impressions", "clicks", "spend", "conversions")
_FAILURE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"


class GoogleAds:
    """The service. `per_minute`: the maximum number of requests. `is_managed`: the account is
    accessible only through its manager. `without_parts`: ids of campaigns without ads and keywords.
    """

    def __init__(
        self,
        company: Company,
        per_minute: int = 1_000,
        is_managed: bool = False,
        without_parts: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._company = company
        self._is_managed, self._without_parts = is_managed, without_parts
        self._clock = clock
        self.minute = SlidingWindow(per_minute, 60.0, clock=clock)
        self.tokens_given = 0
        # (resource, first day, last day) of each request.
        self.asked: list[tuple[str, date, date]] = []
        self.gone: Callable[[dict[str, Any]], bool] = lambda row: False
        # The cost of a row beyond whole cents, in millionths.
        self.fraction: Callable[[dict[str, Any]], int] = lambda row: 0
        # Errors of the next requests, as (status, name of the error group, code).
        self.errors: list[tuple[int, str, str]] = []
        # This many of the next streams end with an error.
        self.break_off = 0
        self.stumbles = Stumbles()
        self.app = Starlette(
            routes=[
                Route("/token", self._token, methods=["POST"]),
                Route(
                    "/v26/customers/{customer}/googleAds:searchStream",
                    self._search,
                    methods=["POST"],
                ),
            ]
        )

    def expire(self) -> None:
        """The issued access token is refused from now on."""
        self.tokens_given += 1

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("grant_type") != "refresh_token" or form.get("client_id") != CLIENT_ID:
            return JSONResponse({"error": "invalid_client"}, 401)
        if (form.get("client_secret"), form.get("refresh_token")) != (CLIENT_SECRET, REFRESH_TOKEN):
            return JSONResponse({"error": "invalid_grant", "error_description": "Bad"}, 400)
        self.tokens_given += 1
        return JSONResponse(
            {"access_token": self._access(), "expires_in": 3599, "token_type": "Bearer"}
        )

    def _access(self) -> str:
        return f"ya29.access-token-number-{self.tokens_given:06}"

    async def _search(self, request: Request) -> Response:
        headers = request.headers
        if headers.get("authorization") != f"Bearer {self._access()}":
            return _error(401, "authenticationError", "OAUTH_TOKEN_EXPIRED")
        if headers.get("developer-token") != DEVELOPER_TOKEN:
            return _error(401, "authenticationError", "DEVELOPER_TOKEN_INVALID")
        manager = headers.get("login-customer-id")
        if self._is_managed and manager != MANAGER:
            return _error(403, "authorizationError", "USER_PERMISSION_DENIED")
        if not self.minute.allows():
            return _error(429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED")
        if self.errors:
            return _error(*self.errors.pop(0))
        query = (await request.json())["query"]
        columns = re.match(r"SELECT (.+) FROM (\w+)", query)
        assert columns is not None, f"{query} is not a query"
        if request.path_params["customer"] == MANAGER and "metrics." in columns[1]:
            return _error(400, "queryError", "REQUESTED_METRICS_FOR_MANAGER")
        if request.path_params["customer"] not in (CUSTOMER, MANAGER):
            return _error(400, "requestError", "CUSTOMER_NOT_FOUND")
        wanted = [one.strip() for one in columns[1].split(",")]
        rows = [_shaped(row, wanted) for row in self._rows(columns[2], query)]
        if self.stumbles.at(query):
            return JSONResponse([])
        mask = {"fieldMask": columns[1], "requestId": "abc"}
        chunks = [
            {"results": rows[first : first + _CHUNK], **mask}
            for first in range(0, len(rows), _CHUNK)
        ]
        if self.break_off > 0:
            self.break_off -= 1
            chunks = [*chunks[:1], {"error": {"code": 503, "message": "Gone.", "status": "X"}}]
        return JSONResponse(chunks or [mask])

    def _rows(self, resource: str, query: str) -> list[dict[str, Any]]:
        if resource == "customer":
            return [{}]
        days = re.search(r"BETWEEN '(\S+)' AND '(\S+)'", query)
        assert days is not None, f"{query} names no days"
        first, last = (date.fromisoformat(day) for day in days.groups())
        self.asked.append((resource, first, last))
        rows = ad_stats(self._company, "google_ads", first, last)
        rows = [
            row | {"spend": row["spend"] + self.fraction(row) * _MILLIONTH}
            for row in rows
            if not self.gone(row)
        ]
        if resource == "campaign":
            limit = re.search(r"LIMIT (\d+)", query)
            return list(_summed(rows, "date", "campaign_id"))[: int(limit[1]) if limit else None]
        rows = [row for row in rows if row["campaign_id"] not in self._without_parts]
        if resource == "keyword_view":
            return [half for row in rows if row["keyword"] for half in _match_types(row)]
        # A search group also has ads, with the results of its keywords.
        rows = [row | {"ad_id": row["ad_id"] or f"{row['ad_group_id']}1"} for row in rows]
        return list(_summed(rows, "date", "campaign_id", "ad_group_id", "ad_id"))


def _summed(rows: list[dict[str, Any]], *columns: str) -> Iterator[dict[str, Any]]:
    def cut(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in columns)

    for _, group in groupby(sorted(rows, key=cut), cut):
        same = list(group)
        yield same[0] | {name: sum(row[name] for row in same) for name in _SUMS}


def _match_types(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A keyword is twice in its group, with match types phrase and exact; both were shown."""
    part = {name: row[name] // 3 for name in ("impressions", "clicks", "conversions")}
    part["spend"] = round(row["spend"] / 3, 6)
    number = zlib.crc32(row["keyword"].encode()) * 2
    yield row | part | {"criterion_id": number}
    yield row | {name: row[name] - part[name] for name in _SUMS} | {"criterion_id": number + 1}


def _shaped(row: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """The row as an object with the requested fields; zeros are left out."""
    values: dict[str, Callable[[], Any]] = {
        "segments.date": lambda: f"{row['date']}",
        "customer.id": lambda: CUSTOMER,
        "customer.currency_code": lambda: "USD",
        "customer.time_zone": lambda: "Europe/Moscow",
        "campaign.id": lambda: row["campaign_id"],
        "campaign.name": lambda: row["campaign_name"],
        "ad_group.id": lambda: row["ad_group_id"],
        "ad_group_ad.ad.id": lambda: row["ad_id"],
        "ad_group_criterion.criterion_id": lambda: f"{row['criterion_id']}",
        "ad_group_criterion.keyword.text": lambda: row["keyword"],
        "metrics.impressions": lambda: f"{row['impressions']}",
        "metrics.clicks": lambda: f"{row['clicks']}" if row["clicks"] else None,
        "metrics.cost_micros": lambda: f"{int(row['spend'] * 1_000_000)}",
        "metrics.conversions": lambda: float(row["conversions"]) or None,
    }
    shaped: dict[str, Any] = {}
    for name in wanted:
        if (value := values[name]()) is None:
            continue
        place = shaped
        *path, last = (re.sub(r"_(.)", lambda m: m[1].upper(), step) for step in name.split("."))
        for step in path:
            place = place.setdefault(step, {"resourceName": "customers/1/x"})
        place[last] = value
    return shaped


def _error(status: int, group: str, code: str) -> Response:
    failure: dict[str, Any] = {"errorCode": {group: code}, "message": f"Says {code}."}
    if group == "quotaError":
        quota = {"rateScope": "DEVELOPER", "rateName": "x", "retryDelay": "30s"}
        failure["details"] = {"quotaErrorDetails": quota}
    details = [{"@type": _FAILURE, "errors": [failure], "requestId": "abc"}]
    error = {"code": status, "message": "Failed.", "status": "FAILED", "details": details}
    return JSONResponse([{"error": error}], status)
