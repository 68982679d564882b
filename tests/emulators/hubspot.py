"""HubSpot: objects of one shape, lists in the order of ids, a search that knows no history, sorts
ids as text and may answer half a page, associations told twice, and an archive of its own."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.company import Company
from emulators.limits import SlidingWindow
from orchestration.sources.demo.reference import STAGES

TOKEN = "pat-eu1-0123456789-abcdef"
REFRESH = "hubspot-refresh-0123456789"
CLIENT = {"client_id": "hubspot-client", "client_secret": "hubspot-secret-0"}
CURRENCY = "EUR"
SCOPES = frozenset({"contacts", "deals", "leads", "calls", "owners"})

LEAD_PIPELINE, NEW, QUALIFIED, UNQUALIFIED = "lead-pipeline-id", "new-stage-id", "8001", "8002"
_PIPELINES = {"b2c": "default", "b2b": "75"}
_B2C = {
    "b2c_new": "appointmentscheduled",
    "b2c_talk": "qualifiedtobuy",
    "b2c_offer": "presentationscheduled",
    "b2c_showroom": "decisionmakerboughtin",
    "b2c_reserve": "contractsent",
    "b2c_paying": "9910",
    "b2c_won": "closedwon",
    "b2c_lost": "closedlost",
}
STAGE_IDS = {
    stage: _B2C.get(stage, f"75{order:02d}") for order, (stage, *_) in enumerate(STAGES, 1)
}
POST_WON = STAGE_IDS["b2b_delivered"]

# The account's own properties.
CUSTOM_FIELDS = {
    "deals": {"cost": "deal_cost", "product": "product_line", "is_test": "is_a_test"},
    "leads": {
        column: f"lead_{column}"
        for column in (
            *("source_type", "channel", "utm_source", "utm_medium", "utm_campaign"),
            *("utm_content", "utm_term", "click_id", "client_id", "referrer", "landing_page"),
            *("phone", "email", "messenger", "company", "segment", "country", "city", "is_test"),
        )
    },
    "contacts": {"segment": "client_segment", "messengers": "messenger_names"},
}

_CHANGED = "2026-01-01 00:00:00"


def _number(column: str) -> str:
    return f"cast(substr({column}, 2) as bigint)"


def deal_id(column: str) -> str:
    """SQL of a deal's number; some have a digit more than others, as those of all objects."""
    return f"cast(9900 + {_number(column)} as varchar)"


def lead_id(column: str) -> str:
    return f"cast(99700 + {_number(column)} as varchar)"


def contact_id(column: str) -> str:
    return f"cast(999950 + {_number(column)} as varchar)"


def company_id(column: str) -> str:
    return f"cast(6000000 + {_number(column)} as varchar)"


def user_id(column: str) -> str:
    """SQL of the number of an owner; as a user he has another."""
    return f"cast(440 + {_number(column)} as varchar)"


def call_id(column: str) -> str:
    return f"cast(cast(regexp_replace({column}, '[^0-9]', '', 'g') as bigint) as varchar)"


def pipeline_id(column: str) -> str:
    return f"case when {column} like 'b2c%' then 'default' when {column} like 'b2b%' then '75' end"


def stage_id(column: str) -> str:
    whens = " ".join(f"when '{stage}' then '{id_}'" for stage, id_ in STAGE_IDS.items())
    return f"case {column} {whens} end"


# What was merged, even into what was merged later, by what is left.
_ROOTS = """
    with recursive chain as (
        select entity, loser_id, survivor_id, merged_at from merges
        union all
        select chain.entity, chain.loser_id, merges.survivor_id,
            greatest(chain.merged_at, merges.merged_at)
        from chain
        inner join merges on chain.survivor_id = merges.loser_id
    )
    select * from chain where survivor_id not in (select loser_id from merges)
"""
_LEFT = "not in (select loser_id from merges)"


def _root(column: str) -> str:
    return (
        f"coalesce((select any_value(survivor_id) from ({_ROOTS}) where loser_id = {column}),"
        f" {column})"
    )


def _modified(key: str) -> str:
    merged = f"(select max(merged_at) from ({_ROOTS}) where survivor_id = {key})"
    return f"greatest(coalesce(updated_at, created_at), {merged})"


# A deal in the archive is associated with nothing.
_LINKS = f"""
    select {_root("pairs.deal_id")} as deal_id, {_root("pairs.lead_id")} as lead_id
    from (
        select deal_id, lead_id from deals union select deal_id, lead_id from leads
    ) as pairs
    inner join deals on deals.deal_id = {_root("pairs.deal_id")} and not deals.is_deleted
    where pairs.lead_id is not null
"""

_MOVES = f"""
    with moves as (
        from stage_events
        where from_stage_id is distinct from to_stage_id and deal_id {_LEFT}
    ),
    begun as (
        select deal_id, arg_min(from_stage_id, sequence) as stage_id, min(changed_at) as moved_at
        from moves group by deal_id
    )
    select
        deals.deal_id, coalesce(begun.stage_id, deals.stage_id) as to_stage_id,
        least(deals.created_at, begun.moved_at) as changed_at, null as changed_by, 0 as sequence
    from deals left join begun using (deal_id)
    where deals.deal_id {_LEFT}
    union all
    select deal_id, to_stage_id, changed_at, changed_by, sequence from moves
"""

# The company's rows as HubSpot can carry them: by its ids and with what it knows.
RENAMED = {
    "users": f"""
        select
            {user_id("user_id")} as user_id, name, email, team, is_active,
            timestamp '{_CHANGED}' as updated_at
        from users
    """,
    "stages": f"""
        select
            {pipeline_id("pipeline_id")} as pipeline_id, pipeline_name,
            {stage_id("stage_id")} as stage_id, semantics, is_deleted,
            if(is_deleted, 'Stage ' || {stage_id("stage_id")}, stage_name) as stage_name,
            if(is_deleted, 0, stage_order) as stage_order,
            if(is_deleted, null, probability) as probability,
            if(is_deleted, null, timestamp '{_CHANGED}') as updated_at
        from stages
    """,
    "deals": f"""
        with linked as (
            select deal_id, min({lead_id("lead_id")}) as lead_id from ({_LINKS}) group by deal_id
        )
        select
            {deal_id("deals.deal_id")} as deal_id,
            {pipeline_id("pipeline_id")} as pipeline_id, {stage_id("stage_id")} as stage_id,
            {user_id("owner_id")} as owner_id,
            if(is_deleted, null, {contact_id(_root("contact_id"))}) as contact_id,
            if(is_deleted, null, {company_id("company_id")}) as company_id,
            linked.lead_id, status, currency, product,
            if(status = 'lost', lost_reason, null) as lost_reason,
            amount, cost, is_deleted, is_test, created_at,
            if(status = 'open', null, closed_at) as closed_at,
            if(status = 'open', expected_close_on, null) as expected_close_on,
            {_modified("deals.deal_id")} as updated_at
        from deals left join linked using (deal_id)
        where deals.deal_id {_LEFT}
    """,
    "stage_events": f"""
        select
            {deal_id("deal_id")} as deal_id, null as lead_id,
            lag({stage_id("to_stage_id")}) over of_deal as from_stage_id,
            {stage_id("to_stage_id")} as to_stage_id,
            {pipeline_id("to_stage_id")} as pipeline_id,
            {user_id("changed_by")} as changed_by, changed_at,
            row_number() over of_deal as sequence
        from ({_MOVES})
        window of_deal as (partition by deal_id order by changed_at, sequence)
    """,
    "contacts": f"""
        select
            {contact_id("contact_id")} as contact_id, {company_id("company_id")} as company_id,
            name, phones, emails, messengers, segment, city, country, created_at,
            {_modified("contact_id")} as updated_at
        from contacts
        where contact_id {_LEFT}
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
            if(entity = 'contacts', null, merged_at) as merged_at
        from ({_ROOTS})
    """,
    "leads": f"""
        with linked as (
            select
                links.lead_id, min({deal_id("links.deal_id")}) as deal_id,
                min(deals.created_at) as converted_at
            from ({_LINKS}) as links inner join deals using (deal_id)
            group by links.lead_id
        )
        select
            leads.* replace (
                {lead_id("leads.lead_id")} as lead_id,
                {contact_id(_root("leads.contact_id"))} as contact_id,
                {user_id("owner_id")} as owner_id,
                linked.deal_id as deal_id,
                linked.converted_at as converted_at,
                case
                    when linked.deal_id is not null then 'converted'
                    when status = 'junk' then 'junk'
                    when qualified_at is not null then 'qualified' else 'in_work'
                end as status,
                if(status = 'junk', junk_reason, null) as junk_reason,
                {_modified("leads.lead_id")} as updated_at
            ),
            status as own_status
        from leads left join linked using (lead_id)
        where leads.lead_id {_LEFT}
    """,
    "calls": f"""
        select
            {call_id("call_id")} as call_id, {user_id("user_id")} as user_id, direction,
            coalesce(result, if(talk_seconds > 0, 'answered', null)) as result,
            client_phone, line_phone, talk_seconds, recording_url, started_at, updated_at,
            {lead_id(_root("lead_id"))} as lead_id,
            (
                select {deal_id("deals.deal_id")} from deals
                where deals.deal_id = {_root("calls.deal_id")} and not deals.is_deleted
            ) as deal_id,
            coalesce(session_id, call_id) as session_id
        from calls
        where direction != 'internal'
    """,
}


def call_links(session_id: Callable[[str], str]) -> str:
    """SQL of the cards of calls, by the id that telephony has for a session."""
    return f"""
        select
            {session_id("session_id")} as session_id, min(lead_id) as lead_id,
            min(deal_id) as deal_id, max(updated_at) as updated_at
        from ({RENAMED["calls"]}) group by session_id
    """


def own(session: str) -> str:
    """A session's id where telephony has the company's own."""
    return session


RENAMED["call_links"] = call_links(own)

# What it cannot carry at all, and why.
NOT_CARRIED = {
    "users": {
        "phone_ext": "telephony knows it",
        "department": "there are teams and nothing above them",
        "role": "an owner has none",
        "hired_on": "it does not say",
        "left_on": "it says who has left, and not when",
    },
    "stage_events": {"updated_at": "an event does not change"},
    "merges": {"updated_at": "a merge does not change"},
    "calls": dict.fromkeys(
        (
            *("leg_no", "user_email", "phone_ext", "queue_seconds", "ring_seconds"),
            *("answered_at", "ended_at"),
        ),
        "a logged call knows the talk and nothing of how it came about",
    ),
}
# The rows that come besides: inquiries have stages there too, and the company none.
BESIDES = {
    "stages": f"pipeline_id = '{LEAD_PIPELINE}'",
    "stage_events": "deal_id is null",
}

_STATUSES = {
    "answered": "COMPLETED",
    "missed": "NO_ANSWER",
    "abandoned": "CANCELED",
    "failed": "FAILED",
}


@dataclass
class Thing:
    """An object. `history`: by property, the oldest value first: value, moment, user."""

    id: str
    created: datetime
    modified: datetime
    properties: dict[str, str | None]
    history: dict[str, list[tuple[str, datetime, str | None]]] = field(default_factory=dict)
    linked: dict[str, list[str]] = field(default_factory=dict)
    archived: datetime | None = None


@dataclass
class Hubspot:
    """The service.

    `per_ten_seconds`, `searches`, `daily`: its limits. `scopes`: what the token may read. `cap`: so
    many objects of one search are given at most; `most`: so many a list or an answer at most, so
    that a small company has many pages. `ragged`: answers of the search are halves and nothing by
    turns. `unindexed`: ids of objects that the search does not know yet. `deleted`: by kind and id,
    what was deleted besides and when. `failing`: ids that batches cannot read, and how often.
    `between` is told of each request before it is answered, and says whether it has changed the
    company. `asked`: requests by path.
    `session_id`: SQL of the id that telephony has for a session of the company.
    """

    company: Company
    per_ten_seconds: int = 100
    searches: int = 4
    daily: int = 250_000
    scopes: frozenset[str] = SCOPES
    cap: int = 10_000
    most: int = 1000
    ragged: bool = False
    unindexed: set[str] = field(default_factory=set)
    deleted: dict[str, dict[str, datetime]] = field(default_factory=dict)
    failing: Counter[str] = field(default_factory=Counter)
    between: Callable[[str], bool] | None = None
    clock: Callable[[], float] = time.monotonic
    session_id: Callable[[str], str] = own
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    renewals: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    _read: dict[tuple[str, str], dict[str, Thing]] = field(default_factory=dict)
    _turn: int = 0

    def __post_init__(self) -> None:
        self.window = SlidingWindow(self.per_ten_seconds, 10.0, clock=self.clock)
        self.second = SlidingWindow(self.searches, 1.0, clock=self.clock)
        objects = "/crm/v3/objects/{kind}"
        routes = {
            "/account-info/v3/details": ("GET", self._account),
            "/crm/v3/owners": ("GET", self._owners),
            "/crm/v3/pipelines/{kind}": ("GET", self._pipelines),
            "/crm/v3/properties/{kind}": ("GET", self._properties),
            objects: ("GET", self._list),
            f"{objects}/search": ("POST", self._search),
            f"{objects}/batch/read": ("POST", self._batch),
            "/crm/v4/associations/{kind}/{other}/batch/read": ("POST", self._associated),
            "/crm/v4/objects/{kind}/{id}/associations/{other}": ("GET", self._more_associated),
        }
        self.app = Starlette(
            routes=[
                Route("/oauth/v1/token", self._renew, methods=["POST"]),
                *(
                    Route(path, self._guarded(answer), methods=[method])
                    for path, (method, answer) in routes.items()
                ),
            ]
        )

    def forget(self) -> None:
        """The company has been changed."""
        self._read.clear()

    async def _renew(self, request: Request) -> Response:
        expected = {**CLIENT, "grant_type": "refresh_token", "refresh_token": REFRESH}
        if dict(parse_qsl((await request.body()).decode())) != expected:
            return _error(400, "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        self.renewals += 1
        access = f"hubspot-access-{self.renewals}-0123456789"
        self.tokens = {access}
        return JSONResponse({"access_token": access, "expires_in": 1800, "refresh_token": REFRESH})

    def _guarded(self, answer: Callable[[Request, Any], Response]) -> Callable[[Request], Any]:
        async def guarded(request: Request) -> Response:
            path = re.sub(r"^/crm/v\d/(objects/)?", "", request.url.path)
            is_search = path.endswith("search")
            if token_of(request) not in self.tokens:
                return _error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found")
            if len(self.times) >= self.daily:
                return _limit("DAILY")
            if not self.window.allows():
                return _limit("TEN_SECONDLY_ROLLING")
            if is_search and not self.second.allows():
                return _limit("SECONDLY")
            self.asked[path] += 1
            self.times.append(self.clock())
            if self.between and self.between(path):
                self.forget()
            kind = request.path_params.get("kind") or ("owners" if path == "owners" else None)
            if kind and kind not in self.scopes:
                return _error(403, "MISSING_SCOPES", "This app hasn't been granted all required")
            given = await request.json() if request.method == "POST" else request.query_params
            given = answer(request, given)
            if not is_search:
                left = str(self.daily - len(self.times))
                given.headers["X-HubSpot-RateLimit-Daily-Remaining"] = left
            return given

        return guarded

    def _account(self, request: Request, asked: Any) -> Response:
        account = {"portalId": 62515, "companyCurrency": CURRENCY, "timeZone": "Europe/Moscow"}
        return JSONResponse(account)

    def _owners(self, request: Request, asked: Any) -> Response:
        archived = asked.get("archived", "false") == "true"
        owners = []
        for row in self.company.rows(RENAMED["users"]):
            if row["is_active"] == archived:
                continue
            first, _, last = row["name"].partition(" ")
            user = 7_000_000 + int(row["user_id"])
            teams = [{"id": "1", "name": "All", "primary": False}]
            teams.append({"id": "2", "name": row["team"], "primary": True})
            owners.append(
                {
                    "id": row["user_id"],
                    "email": row["email"],
                    "firstName": first,
                    "lastName": last,
                    "userId": None if archived else user,
                    "userIdIncludingInactive": user,
                    "type": "PERSON",
                    "teams": teams if row["team"] else [],
                    "archived": archived,
                    "updatedAt": _iso(row["updated_at"]),
                }
            )
        return self._paged(owners, asked, default=100, most=500)

    def _pipelines(self, request: Request, asked: Any) -> Response:
        if request.path_params["kind"] == "leads":
            stages = [
                _stage(NEW, "New", 0, {"leadState": "NEW", "isClosed": "false"}),
                _stage(QUALIFIED, "Good", 1, {"leadState": "QUALIFIED", "isClosed": "true"}),
                _stage(UNQUALIFIED, "Bad", 2, {"leadState": "UNQUALIFIED", "isClosed": "true"}),
            ]
            return JSONResponse({"results": [_pipeline(LEAD_PIPELINE, "Inquiries", stages)]})
        rows = self.company.rows(f"from ({RENAMED['stages']}) where not is_deleted")
        pipelines = []
        for id_ in _PIPELINES.values():
            there = [row for row in rows if row["pipeline_id"] == id_]
            stages = [
                _stage(
                    row["stage_id"],
                    row["stage_name"],
                    row["stage_order"],
                    {
                        "isClosed": str(row["semantics"] != "open").lower(),
                        "probability": str(row["probability"]),
                    },
                )
                for row in there
            ]
            pipelines.append(_pipeline(id_, there[0]["pipeline_name"], stages))
        return JSONResponse({"results": pipelines})

    def _properties(self, request: Request, asked: Any) -> Response:
        names = CUSTOM_FIELDS.get(request.path_params["kind"], {}).values()
        return JSONResponse({"results": [{"name": name} for name in ("hs_object_id", *names)]})

    def _list(self, request: Request, asked: Any) -> Response:
        if len(str(request.url)) > 3000:
            return Response("<html>URI Too Long</html>", 414, media_type="text/html")
        kind, limit = request.path_params["kind"], int(asked.get("limit", 10))
        history = _names(asked.get("propertiesWithHistory"))
        if limit > (50 if history else 100):
            return _error(400, "VALIDATION_ERROR", f"limit {limit} is too high")
        archived = asked.get("archived", "false") == "true"
        shown = [
            one for one in self.things(kind).values() if (one.archived is not None) == archived
        ]
        shown.sort(key=lambda one: int(one.id))
        behind = [one for one in shown if int(one.id) > int(asked.get("after", 0))]
        page = behind[: min(limit, self.most)]
        wanted = _names(asked.get("properties"))
        content: dict[str, Any] = {"results": [_shown(one, wanted, history) for one in page]}
        if len(behind) > len(page):
            content["paging"] = {"next": {"after": page[-1].id, "link": "https://elsewhere"}}
        return JSONResponse(content)

    def _search(self, request: Request, asked: Any) -> Response:
        kind, limit, first = (
            request.path_params["kind"],
            asked.get("limit", 10),
            int(asked.get("after", 0)),
        )
        if limit > 200 or first + limit > self.cap:
            return _error(400, "VALIDATION_ERROR", "The limit or the offset is too high")
        if "propertiesWithHistory" in asked:
            return _error(400, "VALIDATION_ERROR", "Invalid input JSON")
        found = [
            one
            for one in self.things(kind).values()
            if one.archived is None and one.id not in self.unindexed
        ]
        for group in asked["filterGroups"]:
            for wanted in group["filters"]:
                found = [one for one in found if _meets(one, kind, **wanted)]
        (sort,) = asked["sorts"]
        # Ids are sorted as text.
        found.sort(key=lambda one: one.id)
        if sort["propertyName"] != "hs_object_id":
            assert sort["propertyName"] == _modified_property(kind)
            found.sort(key=lambda one: one.modified, reverse=sort["direction"] == "DESCENDING")
        size = min(limit, self.most)
        if self.ragged:
            self._turn += 1
            size = (0, size // 2, size)[self._turn % 3]
        page = found[first : first + size]
        content = {
            "total": len(found),
            "results": [_shown(one, asked.get("properties", []), []) for one in page],
        }
        if len(found) > first + size:
            content["paging"] = {"next": {"after": str(first + size)}}
        return JSONResponse(content)

    def _batch(self, request: Request, asked: Any) -> Response:
        kind, history = request.path_params["kind"], asked.get("propertiesWithHistory", [])
        if len(asked["inputs"]) > (50 if history else 100):
            return _error(400, "VALIDATION_ERROR", "The number of inputs is too high")
        archived = request.query_params.get("archived", "false") == "true"
        things = self.things(kind)
        survivors = {
            loser: one.id
            for one in things.values()
            for loser in (one.properties.get("hs_merged_object_ids") or "").split(";")
        }
        results, errors = [], []
        for given in asked["inputs"]:
            id_ = survivors.get(given["id"], given["id"])
            one = things.get(id_)
            if self.failing[id_] > 0:
                self.failing[id_] -= 1
                errors.append(_problem("INTERNAL_ERROR", "internal error", id_))
            elif one is None or (one.archived is not None) != archived:
                errors.append(_problem("OBJECT_NOT_FOUND", "Could not get some objects", id_))
            else:
                results.append(_shown(one, asked["properties"], history))
        content = {"status": "COMPLETE", "results": results}
        if not errors:
            return JSONResponse(content)
        return JSONResponse(content | {"numErrors": len(errors), "errors": errors}, 207)

    def _associated(self, request: Request, asked: Any) -> Response:
        kind, other = request.path_params["kind"], request.path_params["other"]
        if len(asked["inputs"]) > 1000:
            return _error(400, "VALIDATION_ERROR", "The number of inputs is too high")
        things, results = self.things(kind), []
        for given in asked["inputs"]:
            one = things.get(given["id"])
            to = _told(one.linked.get(other, [])) if one and one.archived is None else []
            if to:
                result = {"from": {"id": given["id"]}, "to": to[: self.most]}
                if len(to) > self.most:
                    result["paging"] = {"next": {"after": str(self.most), "link": "https://x"}}
                results.append(result)
        return JSONResponse({"status": "COMPLETE", "results": results})

    def _more_associated(self, request: Request, asked: Any) -> Response:
        one = self.things(request.path_params["kind"])[request.path_params["id"]]
        told = _told(one.linked.get(request.path_params["other"], []))
        return self._paged(told, asked, default=100, most=500)

    def _paged(self, rows: list[dict], asked: Any, default: int, most: int) -> Response:
        limit, first = int(asked.get("limit", default)), int(asked.get("after", 0))
        assert limit <= most
        size = min(limit, self.most)
        content: dict[str, Any] = {"results": rows[first : first + size]}
        if len(rows) > first + size:
            content["paging"] = {"next": {"after": str(first + size)}}
        return JSONResponse(content)

    def things(self, kind: str) -> dict[str, Thing]:
        """The objects of a kind by their ids, read once as long as the company stands still."""
        key = (self.company.state, kind)
        if key not in self._read:
            made = getattr(self, f"_all_{kind}")()
            self._read[key] = {one.id: one for one in made}
            for id_, moment in self.deleted.get(kind, {}).items():
                self._read[key][id_].archived = moment
        return self._read[key]

    def _merged(self, entity: str) -> dict[str, list[tuple[str, datetime]]]:
        """By survivor, the losers in the order they were merged."""
        found: dict[str, list[tuple[str, datetime]]] = {}
        query = RENAMED["merges"].replace("if(entity = 'contacts', null, merged_at)", "merged_at")
        for row in self.company.rows(f"from ({query}) where entity = ? order by merged_at", entity):
            found.setdefault(row["survivor_id"], []).append((row["loser_id"], row["merged_at"]))
        return found

    def _all_contacts(self) -> Iterator[Thing]:
        merged = self._merged("contacts")
        for row in self.company.rows(RENAMED["contacts"]):
            first, _, last = row["name"].partition(" ")
            phone, _, mobile = (row["phones"] or "").partition("; ")
            email, _, more = (row["emails"] or "").partition("; ")
            losers = [loser for loser, _ in merged.get(row["contact_id"], [])]
            properties = {
                "firstname": first,
                "lastname": last,
                "phone": phone or None,
                "mobilephone": mobile or None,
                "email": email or None,
                "hs_additional_emails": more.replace("; ", ";") or None,
                "associatedcompanyid": row["company_id"],
                "city": row["city"],
                "country": row["country"],
                "hs_merged_object_ids": ";".join(losers) or None,
                "createdate": _iso(row["created_at"]),
                "lastmodifieddate": _iso(row["updated_at"]),
                **_custom("contacts", row),
            }
            yield Thing(row["contact_id"], row["created_at"], row["updated_at"], properties)

    def _all_leads(self) -> Iterator[Thing]:
        merged = self._merged("leads")
        for row in self.company.rows(RENAMED["leads"]):
            moves = [(NEW, row["created_at"], None)]
            if row["own_status"] == "junk":
                moves.append((UNQUALIFIED, row["created_at"], None))
            elif row["qualified_at"]:
                moves.append((QUALIFIED, row["qualified_at"], row["owner_id"]))
            properties = {
                "hs_pipeline": LEAD_PIPELINE,
                "hs_pipeline_stage": moves[-1][0],
                "hs_primary_contact_id": row["contact_id"],
                "hs_lead_disqualification_reason": row["junk_reason"],
                "hubspot_owner_id": row["owner_id"],
                "hs_createdate": _iso(row["created_at"]),
                "hs_lastmodifieddate": _iso(row["updated_at"]),
                **_custom("leads", row),
            }
            history = {
                "hs_pipeline_stage": moves,
                "hs_pipeline": [(LEAD_PIPELINE, row["created_at"], None)],
            }
            lead = Thing(row["lead_id"], row["created_at"], row["updated_at"], properties, history)
            lead.linked["deals"] = [row["deal_id"]] if row["deal_id"] else []
            yield self._with_merged(lead, merged)

    def _all_deals(self) -> Iterator[Thing]:
        merged, moves = self._merged("deals"), {}
        for row in self.company.rows(f"from ({RENAMED['stage_events']}) order by sequence"):
            moves.setdefault(row["deal_id"], []).append(row)
        for row in self.company.rows(RENAMED["deals"]):
            close = row["closed_at"] or row["expected_close_on"]
            properties = {
                "pipeline": row["pipeline_id"],
                "dealstage": row["stage_id"],
                "amount": None if row["amount"] is None else str(row["amount"]),
                "deal_currency_code": row["currency"],
                "closedate": close and _iso(close),
                "closed_lost_reason": row["lost_reason"],
                "hubspot_owner_id": row["owner_id"],
                "createdate": _iso(row["created_at"]),
                "hs_lastmodifieddate": _iso(row["updated_at"]),
                **_custom("deals", row),
            }
            deal = Thing(row["deal_id"], row["created_at"], row["updated_at"], properties)
            known = [one for one in moves[deal.id] if one["changed_at"].date() < self.company.today]
            deal.history = {
                "dealstage": [(m["to_stage_id"], m["changed_at"], m["changed_by"]) for m in known],
                "pipeline": [
                    (m["pipeline_id"], m["changed_at"], None)
                    for before, m in zip([None, *known], known, strict=False)
                    if before is None or before["pipeline_id"] != m["pipeline_id"]
                ],
            }
            if row["is_deleted"]:
                deal.archived = row["updated_at"]
            # The main contact is labelled where another has a smaller id.
            contact = row["contact_id"]
            if contact:
                main = int(deal.id) % 3 == 0
                deal.linked["contacts"] = (
                    ["4", f"{contact} Primary"] if main else [contact, "9999999"]
                )
            deal.linked["companies"] = [row["company_id"]] if row["company_id"] else []
            deal.linked["leads"] = [row["lead_id"]] if row["lead_id"] else []
            yield self._with_merged(deal, merged)

    def _with_merged(self, one: Thing, merged: dict[str, list[tuple[str, datetime]]]) -> Thing:
        losers = merged.get(one.id, [])
        ids = [";".join(loser for loser, _ in losers[: n + 1]) for n in range(len(losers))]
        one.properties["hs_merged_object_ids"] = ids[-1] if ids else None
        one.history["hs_merged_object_ids"] = [
            (value, moment, None) for value, (_, moment) in zip(ids, losers, strict=True)
        ]
        return one

    def _all_calls(self) -> Iterator[Thing]:
        session = self.session_id("session_id")
        for row in self.company.rows(f"select *, {session} as external from ({RENAMED['calls']})"):
            is_in = row["direction"] == "in"
            numbers = [row["client_phone"], row["line_phone"]]
            caller, called = numbers if is_in else numbers[::-1]
            properties = {
                "hs_call_external_id": row["external"],
                "hs_call_direction": "INBOUND" if is_in else "OUTBOUND",
                "hs_call_status": _STATUSES[row["result"]] if row["result"] else None,
                "hs_call_duration": str(1000 * row["talk_seconds"]),
                "hs_call_from_number": caller,
                "hs_call_to_number": called,
                "hs_call_recording_url": row["recording_url"],
                "hubspot_owner_id": row["user_id"],
                "hs_timestamp": _iso(row["started_at"]),
                "hs_lastmodifieddate": _iso(row["updated_at"]),
            }
            call = Thing(row["call_id"], row["started_at"], row["updated_at"], properties)
            for other in ("lead", "deal"):
                linked = row[f"{other}_id"]
                call.linked[f"{other}s"] = [linked] if linked else []
            yield call


def token_of(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _names(given: str | None) -> list[str]:
    return given.split(",") if given else []


def _modified_property(kind: str) -> str:
    return "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"


def _shown(one: Thing, wanted: Iterable[str], history: Iterable[str]) -> dict[str, Any]:
    properties = {name: one.properties.get(name) for name in wanted if name != "hs_object_id"}
    shown: dict[str, Any] = {
        "id": one.id,
        "properties": {"hs_object_id": one.id, **properties},
        "createdAt": _iso(one.created),
        "updatedAt": _iso(one.modified),
        "archived": one.archived is not None,
    }
    if one.archived:
        shown["archivedAt"] = _iso(one.archived)
    if history:
        shown["propertiesWithHistory"] = {
            name: [
                {"value": value, "timestamp": _iso(moment), "sourceType": "CRM_UI"}
                | ({"updatedByUserId": 7_000_000 + int(user)} if user else {})
                for value, moment, user in reversed(one.history.get(name, []))
            ]
            for name in history
        }
    return shown


def _told(linked: list[str]) -> list[dict[str, Any]]:
    """Each association as often as it has labels."""
    told = []
    for one in linked:
        id_, _, label = one.partition(" ")
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}]
        told.append({"toObjectId": int(id_), "associationTypes": types})
        if label:
            types = [{"category": "HUBSPOT_DEFINED", "typeId": 5, "label": label}]
        told.append({"toObjectId": int(id_), "associationTypes": types})
    return told


def _meets(one: Thing, kind: str, propertyName: str, operator: str, value: str) -> bool:  # noqa: N803
    """Ids are compared as text too."""
    if propertyName == "hs_object_id":
        left, right = one.id, value
    else:
        assert propertyName == _modified_property(kind)
        left, right = _milliseconds(one.modified), int(value)
    return {"GTE": left >= right, "LTE": left <= right, "GT": left > right}[operator]


def _custom(entity: str, row: dict) -> dict[str, str | None]:
    return {name: _plain(row[column]) for column, name in CUSTOM_FIELDS[entity].items()}


def _plain(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _stage(id_: str, label: str, order: int, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "id": id_,
        "label": label,
        "displayOrder": order,
        "metadata": metadata,
        "archived": False,
        "updatedAt": f"{_CHANGED.replace(' ', 'T')}Z",
    }


def _pipeline(id_: str, label: str, stages: list[dict]) -> dict[str, Any]:
    return {"id": id_, "label": label, "displayOrder": 0, "archived": False, "stages": stages}


def _milliseconds(moment: datetime) -> int:
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000)


def _iso(moment: date) -> str:
    clock = moment if isinstance(moment, datetime) else datetime(*moment.timetuple()[:3], 12)
    return f"{clock.isoformat(timespec='milliseconds')}Z"


def _problem(category: str, message: str, id_: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": {"ids": [id_]},
    }


def _error(status: int, category: str, message: str) -> Response:
    body = {"status": "error", "message": message, "correlationId": "0", "category": category}
    return JSONResponse(body, status)


def _limit(policy: str) -> Response:
    body = {
        "status": "error",
        "message": f"You have reached your {policy.lower()} limit.",
        "errorType": "RATE_LIMIT",
        "policyName": policy,
    }
    return JSONResponse(body, 429)
