"""Bitrix24: texts for numbers, 50 rows a page, batches that name what came before in them, times of
the portal's zone, a bucket that leaks, and no word about what was deleted or merged."""

import json
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.company import Company
from emulators.limits import LeakyBucket
from orchestration.sources.demo.reference import STAGES

CODE = "b24code0123456789"
REFRESH = "b24-refresh-0"
CLIENT = {"client_id": "local.b24", "client_secret": "b24-secret-0"}
SCOPES = ("crm", "user", "department", "telephony")
PAGE = 50

_ZONE = timezone(timedelta(hours=3))
_CATEGORIES = {"b2c": "1", "b2b": "2"}
_ENDS = {"won": "WON", "lost": "LOSE"}
QUALIFIED = "UC_GOOD1"

# The portal's own fields.
CUSTOM_FIELDS = {
    "deals": {
        "cost": "UF_CRM_1700000001",
        "lost_reason": "UF_CRM_1700000002",
        "product": "UF_CRM_1700000003",
        "is_test": "UF_CRM_1700000004",
    },
    "leads": {
        "source_type": "UF_CRM_1700000011",
        "channel": "UF_CRM_1700000012",
        "click_id": "UF_CRM_1700000013",
        "client_id": "UF_CRM_1700000014",
        "referrer": "UF_CRM_1700000015",
        "landing_page": "UF_CRM_1700000016",
        "segment": "UF_CRM_1700000017",
        "is_test": "UF_CRM_1700000018",
    },
    "contacts": {"segment": "UF_CRM_1700000021"},
}
# What the portal has a source for; the field of its own says the others.
_SOURCES = {
    **{"call": "CALL", "form": "WEBFORM", "order": "STORE", "event": "TRADE_SHOW"},
    "chat": "1|OPENLINE",
}


def _number(column: str) -> str:
    """SQL of the number in an id of the company: deals, leads, contacts are each counted apart."""
    return f"cast(cast(substr({column}, 2) as bigint) as varchar)"


deal_id = lead_id = contact_id = company_id = user_id = _number


def pipeline_id(column: str) -> str:
    return f"case when {column} like 'b2c%' then '1' when {column} is not null then '2' end"


STAGE_IDS = {
    stage: f"C{_CATEGORIES[stage[:3]]}:{_ENDS.get(semantics, stage[4:].upper())}"
    for stage, _, semantics, *_ in STAGES
}
POST_WON = STAGE_IDS["b2b_delivered"]


def stage_id(column: str) -> str:
    whens = " ".join(f"when '{stage}' then '{id_}'" for stage, id_ in STAGE_IDS.items())
    return f"case {column} {whens} end"


def _merged(entity: str) -> str:
    return f"(select loser_id from merges where entity = '{entity}')"


_THERE = f"not coalesce(is_deleted, false) and deal_id not in {_merged('deals')}"

# Every stage that any deal ever came to, in the order of the portal's numbers. A later number is a
# later entry, so that the company some days earlier has the first of them.
_ENTRIES = """
    with first_events as (
        select deal_id, min_by(from_stage_id, (changed_at, sequence)) as stage_id
        from now.stage_events group by deal_id
    ),
    entries as (
        select deal_id, changed_at, sequence, to_stage_id as stage_id, false as is_first
        from stage_events
        union all
        select
            deal_id, created_at, -1, coalesce(first_events.stage_id, deals.stage_id), true
        from deals left join first_events using (deal_id)
    )
    select *, row_number() over (order by changed_at, sequence, deal_id) as id from entries
"""

# The company's rows as Bitrix24 can carry them: by its numbers and with what it knows.
RENAMED = {
    "users": f"""
        select
            {_number("user_id")} as user_id, name, email, phone_ext, team, department, role,
            is_active, hired_on
        from users
    """,
    "stages": f"""
        select
            {pipeline_id("pipeline_id")} as pipeline_id, pipeline_name,
            {stage_id("stage_id")} as stage_id, semantics,
            if(is_deleted, 'Stage ' || {stage_id("stage_id")}, stage_name) as stage_name,
            if(is_deleted, 0, 10 * stage_order + if(semantics = 'post_won', 100000, 0))
                as stage_order,
            is_deleted
        from stages
    """,
    "leads": f"""
        with made as (
            select lead_id, min_by(deal_id, (created_at, deal_id)) as first_deal_id
            from deals where {_THERE} group by lead_id
        )
        select leads.* replace (
            {_number("leads.lead_id")} as lead_id, {_number("contact_id")} as contact_id,
            {_number("owner_id")} as owner_id, {_number("made.first_deal_id")} as deal_id,
            if(status = 'junk', junk_reason, null) as junk_reason
        )
        from leads left join made on leads.lead_id = made.lead_id
        where leads.lead_id not in {_merged("leads")}
    """,
    "deals": f"""
        select
            {_number("deal_id")} as deal_id,
            {pipeline_id("pipeline_id")} as pipeline_id, {stage_id("stage_id")} as stage_id,
            {_number("owner_id")} as owner_id, {_number("contact_id")} as contact_id,
            {_number("company_id")} as company_id, {_number("lead_id")} as lead_id,
            status, currency, if(status = 'lost', lost_reason, null) as lost_reason, product,
            nullif(amount, 0) as amount, cost, false as is_deleted, is_test, created_at,
            if(stage_id = 'b2b_delivered', null, closed_at) as closed_at,
            if(
                status = 'open', coalesce(expected_close_on, cast(created_at as date) + 7), null
            ) as expected_close_on,
            updated_at
        from deals where {_THERE}
    """,
    "stage_events": f"""
        with there as (select deal_id from deals where {_THERE})
        select
            {_number("deal_id")} as deal_id, null as lead_id,
            lag({stage_id("stage_id")}) over path as from_stage_id,
            {stage_id("stage_id")} as to_stage_id, {pipeline_id("stage_id")} as pipeline_id,
            changed_at, row_number() over path as sequence, id, is_first
        from ({_ENTRIES}) semi join there using (deal_id)
        window path as (partition by deal_id order by changed_at, sequence)
    """,
    "contacts": f"""
        select
            {_number("contact_id")} as contact_id, {_number("company_id")} as company_id,
            name, phones, emails, messengers, segment, city, country, created_at,
            coalesce(updated_at, created_at) as updated_at
        from contacts where contact_id not in {_merged("contacts")}
    """,
}


def calls(session_id: Callable[[str], str]) -> str:
    """SQL of the calls of the statistics, under the ids that telephony has for its sessions."""
    return f"""
        with calls as (
            select *, row_number() over (order by started_at, call_id) as id
            from calls where direction != 'internal'
        )
        select
            cast(id as varchar) as call_id,
            {session_id("coalesce(session_id, call_id)")} as session_id,
            row_number() over (
                partition by coalesce(session_id, call_id) order by started_at, id
            ) as leg_no,
            direction, coalesce(result, 'answered') as result, {_number("user_id")} as user_id,
            {_number("lead_id")} as lead_id, {_number("deal_id")} as deal_id,
            client_phone, line_phone, recording_url, talk_seconds, started_at, ring_seconds
        from calls
    """


def call_links(session_id: Callable[[str], str]) -> str:
    return f"""
        select session_id, min(lead_id) as lead_id, min(deal_id) as deal_id
        from ({calls(session_id)}) where coalesce(lead_id, deal_id) is not null group by session_id
    """


def own(session: str) -> str:
    """A session's id where telephony has the company's own."""
    return session


RENAMED["calls"] = calls(own)
RENAMED["call_links"] = call_links(own)

# What it cannot carry at all, and why.
NOT_CARRIED = {
    "users": {
        "left_on": "it does not say",
        "updated_at": "it does not say",
    },
    "stages": {"probability": "there is none", "updated_at": "it does not say"},
    "stage_events": {
        "changed_by": "the history does not say",
        "updated_at": "an entry does not change",
    },
    "calls": dict.fromkeys(
        (
            *("user_email", "phone_ext", "queue_seconds", "ring_seconds", "answered_at"),
            *("ended_at", "updated_at"),
        ),
        "the statistics know people by their ids, and the talk",
    ),
    "call_links": {"updated_at": "the statistics do not say"},
}
# The rows that come besides: inquiries have stages there too, and the company none.
BESIDES = {
    "stages": "pipeline_id in ('STATUS', '0')",
    "stage_events": "deal_id is null",
}

# How leads moved; nothing is kept of it in the demo but the times.
_LEAD_ENTRIES = """
    with entries as (
        select lead_id, created_at as changed_at, 1 as step, 'NEW' as stage, 'P' as semantics
        from leads
        union all
        select lead_id, qualified_at, 2, 'UC_GOOD1', 'P' from leads where qualified_at is not null
        union all
        select lead_id, converted_at, 3, 'CONVERTED', 'S' from leads
        where converted_at is not null
        union all
        select lead_id, created_at, 3, coalesce('UC_' || upper(junk_reason), 'JUNK'), 'F'
        from leads where status = 'junk'
    )
    select *, row_number() over (order by changed_at, step, lead_id) as id from entries
"""


@dataclass
class Bitrix24:
    """The portal.

    `burst`, `per_second`: who asks more gets a 503. `seconds_per_page`: how long a method works for
    a page, of the 480 seconds that it may in ten minutes; `tells_work`: whether its answers tell of
    them. `scopes`: the rights of the webhook.
    `may_read_calls`: whether its owner may. `hides`: lists that are counted and not shown.
    `hides_dismissed`: who has left comes only when asked for. `hollow`: so many commands of batches
    come back empty, `failing` so many with an error. `between` is told of each request of a method,
    once that is answered. `asked`: requests by method, `commands`: those in batches too.
    `session_id`: SQL of the id that telephony has for a session of the company.
    """

    company: Company
    burst: int = 50
    per_second: float = 2.0
    seconds_per_page: float = 0.0
    tells_work: bool = True
    scopes: tuple[str, ...] = SCOPES
    may_read_calls: bool = True
    hides: set[str] = field(default_factory=set)
    hides_dismissed: bool = False
    hollow: int = 0
    failing: int = 0
    between: Callable[[str, int], None] | None = None
    clock: Callable[[], float] = time.monotonic
    session_id: Callable[[str], str] = own
    asked: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    tokens: set[str] = field(default_factory=set)
    refresh: str = REFRESH
    renewals: int = 0
    edits: int = 0
    _read: dict[tuple[str, str], list[dict]] = field(default_factory=dict)
    _worked: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bucket = LeakyBucket(self.burst, self.per_second, clock=self.clock)
        self._lists: dict[str, tuple[str, Callable[[dict], list[dict]]]] = {
            "crm.deal.list": ("crm", lambda asked: self._all("deals", self._deals)),
            "crm.lead.list": ("crm", lambda asked: self._all("leads", self._leads)),
            "crm.contact.list": ("crm", lambda asked: self._all("contacts", self._contacts)),
            "crm.activity.list": ("crm", lambda asked: self._all("activities", self._activities)),
            "crm.stagehistory.list": ("crm", self._history),
            "voximplant.statistic.get": (
                "telephony",
                lambda asked: self._all("calls", self._calls),
            ),
            "user.get": ("user", self._users),
            "department.get": ("department", lambda asked: list(self._departments())),
        }
        self._wholes: dict[str, Callable[[], Any]] = {
            "crm.category.list": lambda: {"categories": list(self._categories())},
            "crm.status.list": lambda: list(self._statuses()),
            "scope": lambda: list(self.scopes),
            **{
                f"crm.{entity.removesuffix('s')}.fields": lambda entity=entity: _fields(entity)
                for entity in CUSTOM_FIELDS
            },
        }
        self.app = Starlette(
            routes=[
                Route("/oauth/token/", self._renew, methods=["GET"]),
                Route("/rest/1/{code}/{method}", self._answer, methods=["POST"]),
                Route("/rest/{method}", self._answer, methods=["POST"]),
            ]
        )

    @property
    def moment(self) -> datetime:
        """The portal's clock, which stands still between the edits."""
        today = self.company.today
        begin = datetime(today.year, today.month, today.day, tzinfo=UTC)
        return begin + timedelta(seconds=self.edits)

    def edit(self, table: str, change: str, condition: str) -> None:
        """Somebody changes cards by hand, by the portal's clock."""
        self.company.connection.execute(
            f"update now.{table} set {change}, updated_at = ? where {condition}",
            [self.moment.replace(tzinfo=None) + timedelta(seconds=1)],
        )
        self.edits += 1
        self._read.clear()

    def _time(self) -> dict[str, Any]:
        finish = self.moment.timestamp()
        return {"start": finish - 0.1, "finish": finish, "date_finish": _iso(self.moment)}

    async def _renew(self, request: Request) -> Response:
        expected = {**CLIENT, "grant_type": "refresh_token", "refresh_token": self.refresh}
        if dict(request.query_params) != expected:
            return _problem(400, "invalid_grant", "Refresh token is spent")
        self.renewals += 1
        self.refresh = f"b24-refresh-{self.renewals}"
        access = f"b24-access-{self.renewals}-0123456789"
        self.tokens = {access}
        content = {"access_token": access, "refresh_token": self.refresh, "expires_in": 3600}
        return JSONResponse(content | {"domain": "oauth.bitrix.info", "status": "L"})

    async def _answer(self, request: Request) -> Response:
        if not self.bucket.allows():
            return _problem(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
        refusal = self._refusal(request)
        if refusal:
            return refusal
        method, asked = request.path_params["method"], await request.json()
        self.asked[method] += 1
        content, status = self._batch(asked) if method == "batch" else self._call(method, asked)
        if self.between:
            self.between(method, self.asked[method])
        return JSONResponse(content | {"time": self._time() | content.get("time", {})}, status)

    def _refusal(self, request: Request) -> Response | None:
        code, token = request.path_params.get("code"), request.query_params.get("auth")
        if code is not None:
            if code == CODE:
                return None
            return _problem(403, "INVALID_CREDENTIALS", "Invalid request credentials")
        if token is None:
            return _problem(401, "NO_AUTH_FOUND", "Wrong authorization data")
        if token not in self.tokens:
            return _problem(401, "expired_token", "The access token provided has expired.")
        return None

    def _batch(self, asked: dict) -> tuple[dict, int]:
        """All commands, each told apart; an empty map is an empty list."""
        assert len(asked["cmd"]) <= 50, "too many commands"
        results: dict[str, Any] = {}
        times: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        totals: dict[str, int] = {}
        nexts: dict[str, int] = {}
        for key, command in asked["cmd"].items():
            method, _, query = command.partition("?")
            content, status = self._call(method, _parsed(query, results))
            if self.failing:
                self.failing -= 1
                content, status = {"error": "INTERNAL_SERVER_ERROR", "error_description": ""}, 500
            elif self.hollow and isinstance(content.get("result"), list):
                self.hollow -= 1
                content = {"result": [], "total": 0}
            if status != 200:
                errors[key] = content
                continue
            results[key] = content["result"]
            times[key] = self._time() | content.get("time", {})
            if "total" in content:
                totals[key] = content["total"]
            if "next" in content:
                nexts[key] = content["next"]
        inner = {
            "result": results or [],
            "result_error": errors or [],
            "result_total": totals or [],
            "result_next": nexts or [],
            "result_time": times or [],
        }
        return {"result": inner}, 200

    def _call(self, method: str, asked: dict) -> tuple[dict, int]:
        """The answer of one method, asked alone or in a batch."""
        self.commands[method] += 1
        left = self._shut(method)
        if left is not None:
            self.broken[method] += 1
            error = _error("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")
            return error | {"time": {"operating_reset_at": self.moment.timestamp() + left}}, 429
        content, status = self._found(method, asked)
        return content | {"time": self._work(method)}, status

    def _found(self, method: str, asked: dict) -> tuple[dict, int]:
        if method in self._wholes:
            return {"result": self._wholes[method]()}, 200
        scope, rows = self._lists[method]
        if scope not in self.scopes:
            return _error("insufficient_scope", "The request requires higher privileges"), 403
        if method == "voximplant.statistic.get":
            if not self.may_read_calls:
                return _error("ACCESS_DENIED", "Access denied!"), 403
            # Its parameters are written in capitals, and the order is two texts.
            order = {asked["SORT"]: asked["ORDER"]} if "SORT" in asked else {}
            asked = {"filter": asked.get("FILTER", {}), "order": order, "start": asked["start"]}
        elif method in ("user.get", "department.get"):
            asked = {**asked, "order": {asked.get("sort", ""): asked.get("order", "")}}
            asked["filter"] = asked.pop("FILTER", {})
        content = _listed(rows(asked), asked, nested=method == "crm.stagehistory.list")
        return content | ({"result": []} if method in self.hides else {}), 200

    def _shut(self, method: str) -> float | None:
        """For how many seconds a method is shut that has worked too long."""
        now, worked = self.clock(), self._worked.setdefault(method, deque())
        while worked and now - worked[0][0] >= 600:
            worked.popleft()
        if sum(seconds for _, seconds in worked) > 480:
            return 600 - (now - worked[0][0])
        return None

    def _work(self, method: str) -> dict[str, Any]:
        """Have the method work for a page, and what the answer tells of it."""
        worked = self._worked[method]
        worked.append((self.clock(), self.seconds_per_page))
        if not self.tells_work:
            return {}
        return {
            "duration": self.seconds_per_page,
            "operating": sum(seconds for _, seconds in worked),
            "operating_reset_at": self.moment.timestamp() + 600 - (self.clock() - worked[0][0]),
        }

    def _all(self, what: str, read: Callable[[], Iterable[dict]]) -> list[dict]:
        """All of something, read once as long as the company stands still."""
        key = (self.company.state, what)
        if key not in self._read:
            self._read[key] = list(read())
        return self._read[key]

    def _users(self, asked: dict) -> list[dict]:
        wanted = asked["filter"].get("ACTIVE")
        rows = self.company.rows(RENAMED["users"])
        if wanted is not None or self.hides_dismissed:
            rows = [row for row in rows if row["is_active"] == (wanted is not False)]
        asked["filter"] = {}
        numbers = {row["NAME"]: int(row["ID"]) for row in self._departments()}
        return [
            {
                "ID": row["user_id"],
                "ACTIVE": row["is_active"],
                **dict(zip(("NAME", "LAST_NAME"), row["name"].split(" ", 1), strict=True)),
                "EMAIL": row["email"],
                "PERSONAL_BIRTHDAY": {},
                "WORK_POSITION": row["role"],
                "UF_PHONE_INNER": row["phone_ext"],
                "UF_DEPARTMENT": [numbers[row["team"]]],
                "UF_EMPLOYMENT_DATE": _iso(_begin(row["hired_on"])) if row["hired_on"] else {},
            }
            for row in rows
        ]

    def _departments(self) -> Iterator[dict]:
        yield {"ID": "1", "NAME": "Shop", "SORT": 500, "UF_HEAD": "0"}
        teams = self.company.rows("select distinct department, team from users order by all")
        above = {name: f"{n}" for n, name in enumerate(sorted({t["department"] for t in teams}), 2)}
        for name, number in above.items():
            yield {"ID": number, "NAME": name, "SORT": 500, "PARENT": "1", "UF_HEAD": "0"}
        for number, team in enumerate(teams, 10):
            yield {"ID": f"{number}", "NAME": team["team"], "PARENT": above[team["department"]]}

    def _categories(self) -> Iterator[dict]:
        yield {"id": 0, "name": "General", "sort": 100, "entityTypeId": 2, "isDefault": "Y"}
        for own_id, number in _CATEGORIES.items():
            name = self.company.rows(
                "select distinct pipeline_name as name from stages where pipeline_id = ?", own_id
            )[0]["name"]
            yield {"id": int(number), "name": name, "sort": 200, "isDefault": "N"}

    def _statuses(self) -> Iterator[dict]:
        reasons = self.company.rows(
            "select distinct 'UC_' || upper(junk_reason) as id, junk_reason as name from leads"
            " where junk_reason is not null order by all"
        )
        leads = [("NEW", "New", None, "Y"), (QUALIFIED, "Good", None, "N")]
        leads += [("CONVERTED", "Made a deal", "S", "Y"), ("JUNK", "Bad", "F", "Y")]
        leads += [(row["id"], row["name"], "F", "N") for row in reasons]
        numbers = iter(range(1, 1000))
        for sort, (id_, name, semantics, system) in enumerate(leads, 1):
            yield _status(next(numbers), "STATUS", id_, name, sort * 10, semantics, system)
        yield _status(next(numbers), "SOURCE", "CALL", "Call", 10, None, "Y")
        # The portal's first pipeline shares its ids with the leads.
        yield _status(next(numbers), "DEAL_STAGE", "NEW", "New", 10, None, "Y")
        yield _status(next(numbers), "DEAL_STAGE", "WON", "Won", 20, "S", "Y")
        for row in self.company.rows(f"from ({RENAMED['stages']}) where not is_deleted"):
            entity, is_end = f"DEAL_STAGE_{row['pipeline_id']}", row["semantics"] in _ENDS
            semantics = {"won": "S", "lost": "F"}.get(row["semantics"])
            system, sort = "Y" if is_end else "N", row["stage_order"] % 100_000
            name = row["stage_name"]
            yield _status(next(numbers), entity, row["stage_id"], name, sort, semantics, system)

    def _deals(self) -> Iterator[dict]:
        semantics = {"won": "S", "lost": "F", "open": "P"}
        for row in self.company.rows(RENAMED["deals"]):
            stands = "P" if row["stage_id"] == POST_WON else semantics[row["status"]]
            closes = row["expected_close_on"] or row["closed_at"] or row["updated_at"]
            moved_at = row["closed_at"] or row["updated_at"]
            yield {
                "ID": row["deal_id"],
                "TITLE": "Deal",
                "CATEGORY_ID": row["pipeline_id"],
                "STAGE_ID": row["stage_id"],
                "STAGE_SEMANTIC_ID": stands,
                "CURRENCY_ID": row["currency"],
                "OPPORTUNITY": f"{row['amount'] or 0:.2f}",
                "LEAD_ID": row["lead_id"],
                "COMPANY_ID": row["company_id"] or "0",
                "CONTACT_ID": row["contact_id"],
                "ASSIGNED_BY_ID": row["owner_id"],
                "CLOSED": "N" if stands == "P" else "Y",
                "CLOSEDATE": _iso(_begin(closes)),
                "DATE_CREATE": _iso(row["created_at"]),
                "DATE_MODIFY": _iso(row["updated_at"]),
                "MOVED_TIME": _iso(moved_at),
                **_custom("deals", row),
            }

    def _leads(self) -> Iterator[dict]:
        semantics = {"converted": "S", "junk": "F"}
        stages = {"converted": "CONVERTED", "qualified": QUALIFIED}
        for row in self.company.rows(RENAMED["leads"]):
            junk = f"UC_{row['junk_reason'].upper()}" if row["junk_reason"] else "JUNK"
            stage = junk if row["status"] == "junk" else stages.get(row["status"], "NEW")
            source = _SOURCES.get(row["source_type"], "OTHER")
            if source != "OTHER":
                row["source_type"] = None
            yield {
                "ID": row["lead_id"],
                "TITLE": "Lead",
                "STATUS_ID": stage,
                "STATUS_SEMANTIC_ID": semantics.get(row["status"], "P"),
                "SOURCE_ID": source,
                "CONTACT_ID": row["contact_id"],
                "ASSIGNED_BY_ID": row["owner_id"],
                "COMPANY_TITLE": row["company"],
                "ADDRESS_CITY": row["city"],
                "ADDRESS_COUNTRY": row["country"],
                **{name.upper(): row[name] for name in row if name.startswith("utm_")},
                **_multiple(row["lead_id"], row["phone"], row["email"], row["messenger"]),
                "DATE_CREATE": _iso(row["created_at"]),
                "DATE_MODIFY": _iso(row["updated_at"]),
                "DATE_CLOSED": _iso(row["converted_at"]) if row["converted_at"] else "",
                **_custom("leads", row),
            }

    def _contacts(self) -> Iterator[dict]:
        for row in self.company.rows(RENAMED["contacts"]):
            first, _, last = row["name"].partition(" ")
            yield {
                "ID": row["contact_id"],
                "NAME": first,
                "LAST_NAME": last or None,
                "COMPANY_ID": row["company_id"],
                "ADDRESS_CITY": row["city"],
                "ADDRESS_COUNTRY": row["country"],
                **_multiple(row["contact_id"], row["phones"], row["emails"], row["messengers"]),
                "DATE_CREATE": _iso(row["created_at"]),
                "DATE_MODIFY": _iso(row["updated_at"]),
                **_custom("contacts", row),
            }

    def _history(self, asked: dict) -> list[dict]:
        kind = int(asked["entityTypeId"])
        read = {1: self._lead_history, 2: self._deal_history}[kind]
        return self._all(f"history {kind}", read)

    def _deal_history(self) -> Iterator[dict]:
        for row in self.company.rows(RENAMED["stage_events"]):
            end = {"WON": "S", "LOSE": "F"}.get(row["to_stage_id"].partition(":")[2], "P")
            yield self._entry(row["id"], row["deal_id"], row["changed_at"], row["is_first"]) | {
                "CATEGORY_ID": row["pipeline_id"],
                "STAGE_SEMANTIC_ID": end,
                "STAGE_ID": row["to_stage_id"],
            }

    def _lead_history(self) -> Iterator[dict]:
        there = f"lead_id not in {_merged('leads')}"
        for row in self.company.rows(
            f"select *, {_number('lead_id')} as card from ({_LEAD_ENTRIES}) where {there}"
        ):
            yield self._entry(row["id"], row["card"], row["changed_at"], row["step"] == 1) | {
                "STATUS_SEMANTIC_ID": row["semantics"],
                "STATUS_ID": row["stage"],
            }

    def _entry(self, id_: int, card: str, at: datetime, is_first: bool) -> dict:
        # The docs show numbers, portals send texts.
        return {
            "ID": f"{id_}",
            "TYPE_ID": "1" if is_first else "2",
            "OWNER_ID": card,
            "CREATED_TIME": _iso(at),
        }

    def _calls(self) -> Iterator[dict]:
        codes = {"answered": "200", "failed": "404", "abandoned": "603-S", "missed": "304"}
        for row in self.company.rows(calls(self.session_id)):
            is_answered = row["result"] == "answered"
            yield {
                "ID": row["call_id"],
                "PORTAL_USER_ID": row["user_id"],
                "PORTAL_NUMBER": row["line_phone"],
                "PHONE_NUMBER": row["client_phone"],
                "CALL_ID": f"externalCall.{row['call_id']}",
                "EXTERNAL_CALL_ID": row["session_id"],
                "CALL_CATEGORY": "external",
                # Of a call that nobody answered it is how long it rang.
                "CALL_DURATION": f"{row['talk_seconds' if is_answered else 'ring_seconds'] or 0}",
                "CALL_START_DATE": _iso(row["started_at"]),
                "CALL_RECORD_URL": row["recording_url"] or "",
                "CALL_FAILED_CODE": codes[row["result"]],
                "CRM_ENTITY_TYPE": "LEAD" if row["lead_id"] else "CONTACT",
                "CRM_ENTITY_ID": row["lead_id"] or "1",
                "CRM_ACTIVITY_ID": _activity(row),
                "RECORD_FILE_ID": None,
                "CALL_TYPE": "2" if row["direction"] == "in" else "1",
            }

    def _activities(self) -> Iterator[dict]:
        for row in self.company.rows(calls(self.session_id)):
            if row["lead_id"] or row["deal_id"]:
                yield {
                    "ID": _activity(row),
                    "OWNER_TYPE_ID": "2" if row["deal_id"] else "1",
                    "OWNER_ID": row["deal_id"] or row["lead_id"],
                    "PROVIDER_ID": "VOXIMPLANT_CALL",
                    "LAST_UPDATED": _iso(row["started_at"]),
                }


def _activity(row: dict) -> str:
    return f"{50_000 + int(row['call_id'])}"


def _fields(entity: str) -> dict:
    """The fields of a kind of card; the values of a list by their numbers."""
    listed = {"lost_reason": enumerate(_REASONS, 41)}
    return {"TITLE": {"type": "string"}} | {
        name: {
            "type": "enumeration" if column in listed else "string",
            **(
                {"items": [{"ID": f"{n}", "VALUE": text} for n, text in listed[column]]}
                if column in listed
                else {}
            ),
        }
        for column, name in CUSTOM_FIELDS[entity].items()
    }


_REASONS = ("price", "competitor", "no_answer", "postponed", "not_target")


def _custom(entity: str, row: dict) -> dict:
    return {name: _plain(column, row[column]) for column, name in CUSTOM_FIELDS[entity].items()}


def _plain(column: str, value: Any) -> Any:
    if value is None:
        return ""
    if column == "lost_reason":
        return f"{41 + _REASONS.index(value)}"
    if column == "cost":
        return f"{value}|RUB"
    return f"{int(value)}" if isinstance(value, bool) else value


def _multiple(id_: str, phones: str | None, emails: str | None, messengers: str | None) -> dict:
    """Phones and the like, where there are some; chats of open lines are among messengers."""
    found = {"PHONE": phones, "EMAIL": emails, "IM": messengers}
    lists = {kind: text.split("; ") for kind, text in found.items() if text}
    if int(id_) % 7 == 0:
        lists["IM"] = [*lists.get("IM", []), f"imol|telegrambot|1|{id_}|8"]
    return {
        kind: [
            {"ID": f"{id_}{place}", "VALUE_TYPE": "WORK", "VALUE": value, "TYPE_ID": kind}
            for place, value in enumerate(values)
        ]
        for kind, values in lists.items()
    }


def _status(
    id_: int, entity: str, status: str, name: str, sort: int, semantics: str | None, system: str
) -> dict:
    return {
        "ID": f"{id_}",
        "ENTITY_ID": entity,
        "STATUS_ID": status,
        "NAME": name,
        "SORT": f"{sort}",
        "SYSTEM": system,
        "SEMANTICS": semantics,
    }


def _listed(rows: list[dict], asked: dict, nested: bool) -> dict:
    """A page of the rows that are asked for, in the order and with the fields that are."""
    for condition, value in asked.get("filter", {}).items():
        rows = [row for row in rows if _holds(row, condition, value)]
    is_up = {k.upper(): v.upper() for k, v in asked.get("order", {}).items()}.get("ID") == "ASC"
    rows = sorted(rows, key=lambda row: int(row["ID"]), reverse=not is_up)
    start = int(asked.get("start") or 0)
    # -1 spares the portal the counting.
    first = 0 if start < 0 else start // PAGE * PAGE
    page = [_selected(row, asked.get("select")) for row in rows[first : first + PAGE]]
    content: dict[str, Any] = {"result": {"items": page} if nested else page}
    content["total"] = 0 if start < 0 else len(rows)
    if start >= 0 and len(rows) > first + PAGE:
        content["next"] = first + PAGE
    return content


def _holds(row: dict, condition: str, value: Any) -> bool:
    operator, name = re.fullmatch(r"([<>=]*)(\w+)", condition).groups()
    # What is compared with nothing is not compared.
    if value == "":
        return True
    found, wanted = row[name], str(value)
    if name == "ID":
        found, wanted = int(found), int(wanted)
    elif operator not in ("", "="):
        found, wanted = (datetime.fromisoformat(text) for text in (found, wanted))
    match operator:
        case ">":
            return found > wanted
        case ">=":
            return found >= wanted
        case "<=":
            return found <= wanted
        case _:
            return found == wanted


_MULTIPLE = (("PHONE", list), ("EMAIL", list), ("IM", list))


def _selected(row: dict, select: Any) -> dict:
    """Phones and the portal's own fields come to who asks for them."""
    if not select:
        return {
            name: value
            for name, value in row.items()
            if not name.startswith("UF_CRM_") and (name, type(value)) not in _MULTIPLE
        }
    names = set(select.values() if isinstance(select, dict) else select)
    return {name: value for name, value in row.items() if name in names or name == "ID"}


def _parsed(query: str, results: dict[str, Any]) -> dict:
    """The parameters of a command as PHP reads them, with what earlier commands gave."""
    asked: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        assert text not in ("None", "True", "False"), f"{name} is no text of PHP"
        steps = re.findall(r"[^\[\]]+", name)
        place = asked
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = _resolved(text, results)
    return asked


def _resolved(text: str, results: Any) -> str:
    """What stands at `$result[p0][49][ID]`; where nothing does, nothing."""
    if not text.startswith("$result"):
        return text
    for step in re.findall(r"\[(\w+)\]", text):
        try:
            results = results[int(step) if isinstance(results, list) else step]
        except (LookupError, TypeError):
            return ""
    return results


def _begin(day: date) -> datetime:
    """The begin of a day in the portal's zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=_ZONE).astimezone(UTC)


def _iso(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).astimezone(_ZONE).isoformat(timespec="seconds")


def _error(code: Any, description: str) -> dict:
    return {"error": code, "error_description": description}


def _problem(status: int, code: Any, description: str) -> Response:
    return Response(json.dumps(_error(code, description)), status, media_type="application/json")
