"""amoCRM: cards of deals and of inquiries in HAL pages, a 204 for nothing, 142 and 143 everywhere,
tokens that work once, and a history in which the deleted and the merged are told of."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.company import Company
from emulators.limits import SlidingWindow
from orchestration.sources.demo.reference import STAGES

TOKEN = "amo-long-lived-0123456789"
REFRESH = "amo-refresh-0"
CLIENT = {"client_id": "amo-client", "client_secret": "amo-secret-0", "redirect_uri": "https://x.y"}
CURRENCY = "RUB"

LEAD_PIPELINE, _PIPELINES = 30, {"b2c": 31, "b2b": 32}
NEW, QUALIFIED = 3001, 3003
WON, LOST = 142, 143

# The account's own fields.
CUSTOM_FIELDS = {
    "deals": ("currency", "cost", "lead_id", "expected_close_on", "product", "is_test"),
    "leads": (
        *("source_type", "channel", "click_id", "client_id", "landing_page", "phone", "email"),
        *("messenger", "company", "segment", "country", "city", "deal_id", "is_test"),
    ),
    "contacts": ("segment", "city", "country"),
}
FIELD_IDS = {
    entity: {column: 1000 * number + place for place, column in enumerate(columns)}
    for number, (entity, columns) in enumerate(CUSTOM_FIELDS.items(), 1)
}
_CODES = {
    **{f"utm_{part}": 91 + n for n, part in enumerate(("source", "medium", "campaign"))},
    **{"utm_content": 94, "utm_term": 95, "referrer": 96},
    **{"phones": 97, "emails": 98, "messengers": 99},
}
_CODE_NAMES = {"phones": "PHONE", "emails": "EMAIL", "messengers": "IM"}


def _number(column: str) -> str:
    return f"cast(substr({column}, 2) as bigint)"


def deal_id(column: str) -> str:
    """SQL of the number that a deal's card has in amoCRM; those of inquiries lie between them."""
    return f"cast({_number(column)} * 2 as varchar)"


def lead_id(column: str) -> str:
    return f"cast({_number(column)} * 2 + 1 as varchar)"


def user_id(column: str) -> str:
    return f"cast(9000000 + {_number(column)} as varchar)"


def contact_id(column: str) -> str:
    return f"cast(5000000 + {_number(column)} as varchar)"


def company_id(column: str) -> str:
    return f"cast(6000000 + {_number(column)} as varchar)"


def pipeline_id(column: str) -> str:
    return f"case when {column} like 'b2c%' then '31' when {column} is not null then '32' end"


# By the company's own id. Won and lost have one number in all pipelines.
STAGE_IDS = {
    stage: {"won": WON, "lost": LOST}.get(semantics, _PIPELINES[stage[:3]] * 100 + order)
    for order, (stage, _, semantics, *_) in enumerate(STAGES, 1)
}
POST_WON = STAGE_IDS["b2b_delivered"]


def stage_id(column: str) -> str:
    whens = " ".join(f"when '{stage}' then '{number}'" for stage, number in STAGE_IDS.items())
    return f"case {column} {whens} end"


# The company's rows as amoCRM can carry them: by its numbers and with what it knows.
RENAMED = {
    "users": f"""
        with named as (
            select owner_id as id from deals
            where deal_id not in (select loser_id from merges)
            union
            select owner_id from leads where lead_id not in (select loser_id from merges)
            union
            select changed_by from stage_events
        )
        select
            {user_id("user_id")} as user_id, is_active,
            if(is_active, name, 'User ' || {user_id("user_id")}) as name,
            if(is_active, email, null) as email, if(is_active, team, null) as team,
            if(is_active, role, null) as role
        from users
        where is_active or user_id in (select id from named)
    """,
    "stages": f"""
        select
            {pipeline_id("pipeline_id")} as pipeline_id, pipeline_name,
            {stage_id("stage_id")} as stage_id, semantics,
            if(is_deleted, 'Stage ' || {stage_id("stage_id")}, stage_name) as stage_name,
            case
                when is_deleted then 0 when semantics = 'won' then 10000
                when semantics = 'lost' then 11000
                else 10 * stage_order + if(semantics = 'post_won', 20000, 0)
            end as stage_order,
            is_deleted
        from stages
    """,
    "deals": f"""
        select
            {deal_id("deal_id")} as deal_id,
            {pipeline_id("pipeline_id")} as pipeline_id, {stage_id("stage_id")} as stage_id,
            {user_id("owner_id")} as owner_id, {contact_id("contact_id")} as contact_id,
            {company_id("company_id")} as company_id, {lead_id("lead_id")} as lead_id,
            status, currency, if(status = 'lost', lost_reason, null) as lost_reason, product,
            nullif(amount, 0) as amount, cost, is_deleted, is_test, created_at,
            if(stage_id = 'b2b_delivered', null, closed_at) as closed_at,
            expected_close_on, updated_at
        from deals
        where deal_id not in (select loser_id from merges)
    """,
    "stage_events": f"""
        select
            {deal_id("deal_id")} as deal_id, null as lead_id,
            {stage_id("from_stage_id")} as from_stage_id,
            {stage_id("to_stage_id")} as to_stage_id,
            {pipeline_id("to_stage_id")} as pipeline_id,
            {pipeline_id("from_stage_id")} as from_pipeline_id,
            {user_id("changed_by")} as changed_by, changed_at,
            row_number() over (partition by deal_id order by changed_at, sequence) as sequence
        from stage_events
    """,
    "contacts": f"""
        select
            {contact_id("contact_id")} as contact_id, {company_id("company_id")} as company_id,
            name, phones, emails, messengers, segment, city, country, created_at,
            coalesce(updated_at, created_at) as updated_at
        from contacts
        where contact_id not in (select loser_id from merges)
    """,
    "merges": f"""
        select
            entity,
            case entity
                when 'contacts' then {contact_id("loser_id")}
                when 'deals' then {deal_id("loser_id")} else {lead_id("loser_id")}
            end as loser_id,
            case entity
                when 'contacts' then {contact_id("survivor_id")}
                when 'deals' then {deal_id("survivor_id")} else {lead_id("survivor_id")}
            end as survivor_id,
            merged_at
        from merges
    """,
    "leads": f"""
        select * replace (
            {lead_id("lead_id")} as lead_id, {contact_id("contact_id")} as contact_id,
            {user_id("owner_id")} as owner_id, {deal_id("deal_id")} as deal_id,
            if(status = 'junk', junk_reason, null) as junk_reason
        )
        from leads
        where lead_id not in (select loser_id from merges)
    """,
}
# A call is noted at one card, and a card that was merged is taken for a deal.
RENAMED["calls"] = f"""
    with noted as (
        select
            *,
            deal_id is null and lead_id not in (select loser_id from merges) as is_lead,
            coalesce({deal_id("deal_id")}, {lead_id("lead_id")}) as card_id,
            coalesce(session_id, call_id) as session
        from calls
        where direction != 'internal' and coalesce(deal_id, lead_id) is not null
    )
    select
        cast(row_number() over (order by call_id) as varchar) as call_id,
        if(result = 'abandoned', 'missed', coalesce(result, 'answered')) as result,
        {user_id("user_id")} as user_id,
        if(is_lead, card_id, null) as lead_id, if(is_lead, null, card_id) as deal_id,
        card_id, direction, client_phone, recording_url, talk_seconds, started_at, updated_at,
        session as session_id
    from noted
"""


def call_links(session_id: Callable[[str], str]) -> str:
    """SQL of the cards of calls, by the id that telephony has for a session."""
    return f"""
        select
            {session_id("session_id")} as session_id, min(lead_id) as lead_id,
            min(deal_id) as deal_id, max(updated_at) as updated_at
        from ({RENAMED["calls"]}) group by all
    """


def own(session: str) -> str:
    """A session's id where telephony has the company's own."""
    return session


RENAMED["call_links"] = call_links(own)

# What it cannot carry at all, and why.
NOT_CARRIED = {
    "users": {
        "phone_ext": "telephony knows it",
        "department": "there are groups and nothing above them",
        "hired_on": "it does not say",
        "left_on": "it does not say, and who has left is not in the list",
        "updated_at": "it does not say",
    },
    "stages": {"probability": "there is none", "updated_at": "it does not say"},
    "stage_events": {"updated_at": "an event does not change"},
    "merges": {"updated_at": "an event does not change"},
    "calls": dict.fromkeys(
        (
            *("session_id", "leg_no", "user_email", "phone_ext", "line_phone"),
            *("queue_seconds", "ring_seconds", "answered_at", "ended_at"),
        ),
        "a note knows the talk and nothing of how it came about",
    ),
}
# The rows that come besides: inquiries have stages there too, and the company none; and a card that
# was merged into one that was merged may have been an inquiry or a deal.
BESIDES = {
    "stages": f"pipeline_id = '{LEAD_PIPELINE}' or stage_name = 'Incoming'",
    "stage_events": "deal_id is null",
    "merges": """
        entity = 'leads'
        and survivor_id in (select loser_id from landing.merges where entity = 'deals')
    """,
}

_LEAD_CARDS = f"""
    select
        *, {LEAD_PIPELINE} as pipeline_id,
        case status
            when 'converted' then {WON} when 'junk' then {LOST}
            when 'qualified' then {QUALIFIED} else {NEW}
        end as stage_id,
        coalesce(converted_at, if(status = 'junk', created_at, null)) as closed_at,
        null as amount, null as company_id, false as is_deleted, junk_reason as lost_reason
    from ({RENAMED["leads"]})
"""

# How inquiries moved; nothing is kept of it in the demo but the times.
_LEAD_MOVES = f"""
    with leads as (from ({RENAMED["leads"]}))
    select lead_id as card, {NEW} as before, {QUALIFIED} as after, qualified_at as at, owner_id
    from leads where qualified_at is not null
    union all
    select
        lead_id, if(qualified_at is null, {NEW}, {QUALIFIED}), {WON}, converted_at, owner_id
    from leads where converted_at is not null
    union all
    select lead_id, {NEW}, {LOST}, created_at, owner_id from leads where status = 'junk'
"""


@dataclass
class Amocrm:
    """The service.

    `per_second`: who asks more often gets a 429, and once he insists, nothing at all. `max_page`: a
    lower cap of all lists, so that a small company has many pages. `is_admin`: whether the token
    may read users. `has_minor_units`: whether prices come with them too. `spurious`: lists that
    are once said to be empty behind their first page. `between` is told of each list and the number
    of its request, once that is answered. `asked`: requests by list. `session_id`: SQL of the id
    that telephony has for a session of the company.
    """

    company: Company
    per_second: int = 7
    max_page: int = 250
    is_admin: bool = True
    has_minor_units: bool = True
    spurious: set[str] = field(default_factory=set)
    between: Callable[[str, int], None] | None = None
    clock: Callable[[], float] = time.monotonic
    asked: Counter[str] = field(default_factory=Counter)
    session_id: Callable[[str], str] = own
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    refresh: str = REFRESH
    renewals: int = 0
    _read: dict[tuple[str, str], list[dict]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.second = SlidingWindow(self.per_second, 1.0, clock=self.clock)
        lists = {
            "users": ("users", 250, self._users),
            "leads": ("leads", 250, self._cards),
            "contacts": ("contacts", 250, self._contacts),
            "events": ("events", 100, self._events),
            "leads/custom_fields": ("custom_fields", 250, lambda asked: _fields("deals", "leads")),
            "contacts/custom_fields": ("custom_fields", 250, lambda asked: _fields("contacts")),
            "leads/notes": ("notes", 250, self._notes),
            "contacts/notes": ("notes", 250, lambda asked: []),
        }
        self.app = Starlette(
            routes=[
                Route("/oauth2/access_token", self._renew, methods=["POST"]),
                Route("/api/v4/account", self._account),
                Route("/api/v4/leads/pipelines", self._pipelines),
                *(
                    Route(f"/api/v4/{path}", self._list(path, kind, cap, rows))
                    for path, (kind, cap, rows) in lists.items()
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
        account = {"id": 77, "name": "Demo", "subdomain": "demo", "currency": CURRENCY}
        return self._refusal(request) or _hal(account)

    async def _pipelines(self, request: Request) -> Response:
        return self._refusal(request) or _hal(
            {"_total_items": 3, "_embedded": {"pipelines": list(self._all_pipelines())}}
        )

    def _all_pipelines(self) -> Iterator[dict]:
        leads = [(NEW, "New", 10), (3002, "Asked back", 20), (QUALIFIED, "Good", 30)]
        yield _pipeline(LEAD_PIPELINE, "Inquiries", leads)
        stages = self.company.rows(
            f"select *, {stage_id('stage_id')} as number from stages"
            " where not is_deleted and semantics in ('open', 'post_won')"
        )
        for own, number in _PIPELINES.items():
            there = [stage for stage in stages if stage["pipeline_id"] == own]
            yield _pipeline(
                number,
                there[0]["pipeline_name"],
                [(int(s["number"]), s["stage_name"], 10 * s["stage_order"]) for s in there],
            )

    def _list(
        self, path: str, kind: str, cap: int, rows: Callable[[Any], list[dict]]
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
            limit = limit if limit <= min(cap, self.max_page) else 50
            is_first = page == 1 and (path == "events" or self.asked[path] == 1)
            if path in self.spurious and not is_first:
                self.spurious.remove(path)
                return Response(status_code=204)
            found = rows(asked)
            shown = found[(page - 1) * limit : page * limit]
            if self.between:
                self.between(path, self.asked[path])
                self._read.clear()
            if not shown:
                return Response(status_code=204)
            links = {"self": {"href": str(request.url)}}
            if len(found) > page * limit:
                following = [(k, v) for k, v in asked.multi_items() if k not in ("page", "limit")]
                following += [("page", page + 1), ("limit", limit)]
                address = f"{request.url.replace(query='')}?{urlencode(following)}"
                links["next"] = {"href": address}
            return _hal({"_page": page, "_links": links, "_embedded": {kind: shown}})

        return answer

    def _users(self, asked: Any) -> list[dict]:
        rows = self.company.rows(f"from ({RENAMED['users']}) where is_active")
        return [
            {
                "id": int(row["user_id"]),
                "name": row["name"],
                "email": row["email"],
                "rights": {"is_admin": False, "is_active": True, "group_id": 1},
                "_embedded": {
                    "roles": [{"id": 1, "name": row["role"]}],
                    "groups": [{"id": 1, "name": row["team"]}],
                },
            }
            for row in rows
        ]

    def _cards(self, asked: Any) -> list[dict]:
        wanted = asked.get("with", "").split(",")
        cards = [
            card
            for card in self._all("cards", self._all_cards)
            if card["is_deleted"] == ("only_deleted" in wanted)
        ]
        # Contacts and reasons come to who asks for them.
        hidden = {"contacts", "loss_reason"} - set(wanted)
        return [
            card | {"_embedded": {k: v for k, v in card["_embedded"].items() if k not in hidden}}
            for card in _changed(cards, asked)
        ]

    def _all(self, what: str, read: Callable[[], Iterable[dict]]) -> list[dict]:
        """All of something, read once as long as the company stands still."""
        key = (self.company.state, what)
        if key not in self._read:
            self._read[key] = list(read())
        return self._read[key]

    def _all_cards(self) -> Iterator[dict]:
        for row in self.company.rows(RENAMED["deals"]):
            yield self._card("deals", row)
        for row in self.company.rows(_LEAD_CARDS):
            yield self._card("leads", row)

    def _card(self, entity: str, row: dict) -> dict:
        card = {
            "id": int(row[f"{entity[:-1]}_id"]),
            "name": "Card",
            "price": int(row["amount"] or 0),
            "responsible_user_id": _whole(row["owner_id"]),
            "status_id": int(row["stage_id"]),
            "pipeline_id": int(row["pipeline_id"]),
            "created_at": _unix(row["created_at"]),
            "updated_at": _unix(row["updated_at"]),
            "closed_at": _unix(row["closed_at"]),
            "is_deleted": row["is_deleted"],
            "custom_fields_values": _custom(entity, row),
            "_embedded": {
                "tags": [],
                "companies": [{"id": int(row["company_id"])}] if row["company_id"] else [],
            },
        }
        if self.has_minor_units:
            card["price_with_minor_units"] = float(row["amount"] or 0)
        other = {"id": 4_000_000, "is_main": False}
        main = {"id": _whole(row["contact_id"]), "is_main": True}
        reason = row["lost_reason"]
        card["_embedded"] |= {
            "contacts": [other, main] if row["contact_id"] else [],
            "loss_reason": [{"id": 1, "name": reason}] if reason else [],
        }
        return card

    def _contacts(self, asked: Any) -> list[dict]:
        return _changed(self._all("contacts", self._all_contacts), asked)

    def _all_contacts(self) -> Iterator[dict]:
        for row in self.company.rows(RENAMED["contacts"]):
            yield {
                "id": int(row["contact_id"]),
                "name": row["name"],
                "created_at": _unix(row["created_at"]),
                "updated_at": _unix(row["updated_at"]),
                "custom_fields_values": _custom("contacts", row),
                "_embedded": {
                    "tags": [],
                    "companies": [{"id": int(row["company_id"])}] if row["company_id"] else [],
                },
            }

    def _events(self, asked: Any) -> list[dict]:
        """Newest first, and nothing that is still to come."""
        events = self._all(
            "events", lambda: sorted(self._history(), key=lambda one: one["id"], reverse=True)
        )
        first = int(asked.get("filter[created_at][from]", 0))
        last = int(asked.get("filter[created_at][to]", _unix(self.company.today) - 1))
        last = min(last, _unix(self.company.today) - 1)
        types = asked["filter[type]"].split(",")
        return [e for e in events if first <= e["created_at"] <= last and e["type"] in types]

    def _history(self) -> Iterator[dict]:
        for row in self.company.rows(RENAMED["stage_events"]):
            before = (row["from_pipeline_id"], row["from_stage_id"])
            after = (row["pipeline_id"], row["to_stage_id"])
            at, order = row["changed_at"], row["sequence"]
            yield _moved(row["deal_id"], before, after, at, row["changed_by"], order)
        for row in self.company.rows(_LEAD_MOVES):
            before, after = (LEAD_PIPELINE, row["before"]), (LEAD_PIPELINE, row["after"])
            yield _moved(row["card"], before, after, row["at"], row["owner_id"], row["after"])
        for row in self.company.rows(RENAMED["merges"]):
            loser, survivor = int(row["loser_id"]), int(row["survivor_id"])
            kind = "contact" if row["entity"] == "contacts" else "lead"
            yield _event("entity_merged", kind, survivor, row["merged_at"], loser) | {
                "value_before": [{"entity": {"id": loser}}, {"entity": {"id": survivor}}],
                "value_after": [{"entity": {"id": survivor}}],
            }
        for row in self.company.rows(f"from ({RENAMED['deals']}) where is_deleted"):
            yield _event("lead_deleted", "lead", int(row["deal_id"]), row["updated_at"], 1)

    def _notes(self, asked: Any) -> list[dict]:
        assert asked.getlist("filter[note_type][]") == ["call_in", "call_out"]
        return _changed(self._all("notes", self._all_notes), asked)

    def _all_notes(self) -> Iterator[dict]:
        session = self.session_id("session_id")
        for row in self.company.rows(f"select *, {session} as uniq from ({RENAMED['calls']})"):
            yield {
                "id": int(row["call_id"]),
                "entity_id": int(row["card_id"]),
                "created_by": 0,
                "created_at": _unix(row["started_at"]),
                "updated_at": _unix(row["updated_at"]),
                "note_type": f"call_{row['direction']}",
                "params": {
                    "uniq": row["uniq"],
                    "duration": row["talk_seconds"],
                    "phone": row["client_phone"],
                    "link": row["recording_url"],
                    "call_status": {"answered": 4, "failed": 5}.get(row["result"], 6),
                    "call_responsible": _whole(row["user_id"]),
                },
            }


def _fields(*entities: str) -> list[dict]:
    return [{"id": number} for entity in entities for number in FIELD_IDS[entity].values()]


def _pipeline(number: int, name: str, stages: list[tuple[int, str, int]]) -> dict:
    ends = [(WON, "Won", 10_000), (LOST, "Lost", 11_000)]
    statuses = [
        {"id": id_, "name": label, "sort": sort, "pipeline_id": number, "type": 0}
        for id_, label, sort in [*stages, *ends]
    ]
    unsorted = {"id": number * 100 + 99, "name": "Incoming", "sort": 5, "type": 1}
    return {"id": number, "name": name, "_embedded": {"statuses": [unsorted, *statuses]}}


def _custom(entity: str, row: dict) -> list[dict] | None:
    """The filled fields; none at all are null, and not an empty list."""
    fields = []
    for name, value in row.items():
        if value is None or name not in {**FIELD_IDS[entity], **_CODES}:
            continue
        own = FIELD_IDS[entity].get(name)
        code = None if own else _CODE_NAMES.get(name, name.upper())
        parts = value.split("; ") if name in _CODE_NAMES else [value]
        fields.append(
            {
                "field_id": own or _CODES[name],
                "field_code": code,
                "values": [{"value": _plain(part)} for part in parts],
            }
        )
    return fields or None


def _plain(value: Any) -> Any:
    """As amoCRM writes it: a date is the second its day begins for the account."""
    if isinstance(value, date):
        begin = datetime(value.year, value.month, value.day, tzinfo=ZoneInfo("Europe/Moscow"))
        return int(begin.timestamp())
    return str(value) if isinstance(value, Decimal) else value


def _event(kind: str, entity: str, card: int, at: datetime, order: int) -> dict:
    return {
        "id": f"01{_unix(at):012d}{order:06d}{card:08d}",
        "type": kind,
        "entity_id": card,
        "entity_type": entity,
        "created_by": 0,
        "created_at": _unix(at),
        "value_after": [],
        "value_before": [],
    }


def _moved(
    card: str, before: tuple, after: tuple, at: datetime, user: str | None, order: int
) -> dict:
    def status(place: tuple) -> list[dict]:
        return [{"lead_status": {"id": int(place[1]), "pipeline_id": int(place[0])}}]

    return _event("lead_status_changed", "lead", int(card), at, order) | {
        "created_by": _whole(user) or 0,
        "value_before": status(before),
        "value_after": status(after),
    }


def _changed(rows: list[dict], asked: Any) -> list[dict]:
    """The rows of the time of change that is asked for, in its order."""
    first = int(asked.get("filter[updated_at][from]", 0))
    last = int(asked.get("filter[updated_at][to]", 2**40))
    rows = [row for row in rows if first <= row["updated_at"] <= last]
    return sorted(rows, key=lambda row: (row["updated_at"], row["id"]))


def _whole(value: str | None) -> int | None:
    return None if value is None else int(value)


def _unix(moment: date | None) -> int | None:
    if moment is None:
        return None
    clock = moment.timetuple()
    return int(datetime(*clock[:6], tzinfo=UTC).timestamp())


def _hal(content: dict) -> Response:
    return Response(json.dumps(content), media_type="application/hal+json")


def problem(status: int, detail: str) -> Response:
    body = {"title": "Error", "status": status, "detail": detail}
    return Response(json.dumps(body), status, media_type="application/problem+json")
