"""The star counted a second time, in plain Python loops over the landed rows, one record at a time.

Nothing is shared with the models but the definitions; the demo company's zone and thresholds stand
here as constants.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Moscow")
AS_OF = date(2026, 6, 30)
AS_OF_END = datetime(2026, 6, 30, 21)
PASSTHROUGH_SECONDS = 10
ABANDONED_SHORT_SECONDS = 5
RATE_LIVES_DAYS = 10

Row = dict[str, Any]
Address = tuple[str, str]
"""contact, phone or email, and the value in one spelling."""


def business_day(moment: datetime) -> date:
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZONE).date()


def survivors(merges: Iterable[Row], entity: str) -> dict[str, str]:
    """Loser to last survivor, following each chain by hand."""
    step = {
        row["loser_id"]: row["survivor_id"]
        for row in merges
        if row["entity"] == entity and (row["merged_at"] is None or row["merged_at"] < AS_OF_END)
    }
    found = {}
    for loser in step:
        last = loser
        while last in step:
            last = step[last]
        found[loser] = last
    return found


def customer_id(identity: str, key: str) -> str:
    return hashlib.sha256(f"{key}:{identity}".encode()).hexdigest()[:32]


def in_base(rates: dict[tuple[str, date], Decimal], row: Row, day: date) -> Decimal | None:
    """The amount in roubles at the last rate of the ten days up to `day`, to ten places."""
    if row["amount"] is None or row["currency"] == "RUB":
        return row["amount"]
    for age in range(RATE_LIVES_DAYS + 1):
        rate = rates.get((row["currency"], day - timedelta(days=age)))
        if rate is not None:
            return (row["amount"] * rate).quantize(Decimal("1e-10"), ROUND_HALF_UP)
    return None


@dataclass
class Visit:
    """A stay in a stage; `left_at` None: the deal is still there."""

    pipeline_id: str
    stage_id: str
    entered_at: datetime
    left_at: datetime | None = None


@dataclass
class Journey:
    """The visits of one deal in order, when it was closed, how often it was opened again and how
    often it left an outcome for another or for an open stage."""

    visits: list[Visit] = field(default_factory=list)
    closed_at: list[datetime] = field(default_factory=list)
    reopened: int = 0
    left: int = 0

    def enter(self, pipeline_id: str, stage_id: str, moment: datetime, outcomes: Row) -> None:
        now = outcomes[pipeline_id, stage_id]
        before = "open"
        if self.visits:
            last = self.visits[-1]
            if (last.pipeline_id, last.stage_id) == (pipeline_id, stage_id):
                return
            last.left_at = moment
            before = outcomes[last.pipeline_id, last.stage_id]
        self.visits.append(Visit(pipeline_id, stage_id, moment))
        if now != "open" and before == "open":
            self.closed_at.append(moment)
        self.reopened += now == "open" and before != "open"
        self.left += before not in ("open", now)


def journeys(deals: dict[str, Row], stages: list[Row], events: list[Row]) -> dict[str, Journey]:
    """The journey of each deal. In the demo company every event but a move to another pipeline
    stays in the pipeline its stage belongs to, and stage ids are unique."""
    home = {row["stage_id"]: row["pipeline_id"] for row in stages}
    outcomes = {
        (row["pipeline_id"], row["stage_id"]): row["semantics"].removeprefix("post_")
        for row in stages
    }
    first = {}
    for row in sorted(stages, key=lambda row: -row["stage_order"]):
        if row["semantics"] == "open" and not row["is_deleted"]:
            first[row["pipeline_id"]] = row["stage_id"]
    by_deal = defaultdict(list)
    for event in events:
        by_deal[event["deal_id"]].append(event)

    found = {}
    for deal_id, deal in deals.items():
        history = sorted(by_deal[deal_id], key=lambda row: (row["changed_at"], row["sequence"]))
        journey = found[deal_id] = Journey()
        # The first event is believed; only what it leaves, or no event, began with the deal.
        start = history[0]["from_stage_id"] if history else first[deal["pipeline_id"]]
        if start:
            begun = min([deal["created_at"], *(event["changed_at"] for event in history[:1])])
            journey.enter(home[start], start, begun, outcomes)
        for event in history:
            stage = event["to_stage_id"]
            journey.enter(home[stage], stage, event["changed_at"], outcomes)
        known = deal["updated_at"] if deal["status"] == "open" else deal["closed_at"]
        last = max([known or deal["created_at"], *(event["changed_at"] for event in history[-1:])])
        journey.enter(deal["pipeline_id"], deal["stage_id"], last, outcomes)
    return found


def sessions(legs: Iterable[Row], users: Iterable[Row]) -> dict[str, Row]:
    """Each call session with a client: who is credited, how it ended, how long it took."""
    holders = {row["phone_ext"]: row["user_id"] for row in users if row["phone_ext"]}
    grouped = defaultdict(list)
    for leg in legs:
        leg = leg | {"user": leg["user_id"] or holders.get(leg["phone_ext"])}
        leg["result"] = leg["result"] or ("answered" if leg["answered_at"] else "missed")
        grouped[leg["session_id"] or leg["call_id"]].append(leg)
    found = {}
    for session_id, parts in grouped.items():
        parts.sort(key=lambda leg: leg["leg_no"] or 1)
        outer = [leg for leg in parts if leg["direction"] != "internal"]
        if not outer:
            continue
        answered = [leg for leg in parts if leg["result"] == "answered"]
        waited = parts[: parts.index(answered[0]) + 1] if answered else parts
        found[session_id] = {
            "direction": outer[0]["direction"],
            "status": _status(outer[0]["direction"], parts, answered, waited),
            "talk_seconds": sum(leg["talk_seconds"] for leg in answered),
            "ring_seconds": sum(leg["ring_seconds"] for leg in waited),
            "manager_id": _last_user(answered) or _last_user(parts) or "unassigned",
            "legs": len(parts),
            "started_at": min(leg["started_at"] for leg in parts),
            "client_phone": outer[0]["client_phone"],
            "lead_id": parts[0]["lead_id"],
            "deal_id": parts[0]["deal_id"],
        }
    return found


def ten_digits(cell: str | None) -> list[str]:
    """The numbers of a cell of phones, without what Russian numbers differ in."""
    numbers = (re.sub(r"\D", "", number)[-10:] for number in (cell or "").split(";"))
    return [number for number in numbers if len(number) == 10]


def addresses(row: Row) -> set[Address]:
    """The phones and the e-mails that a card, a lead or a message gives."""
    emails = (row.get("emails") or row.get("email") or "").split(";")
    given = {("email", email.strip().lower()) for email in emails if email.strip()}
    phones = row.get("phones") or row.get("phone") or row.get("client_phone")
    return given | {("phone", number) for number in ten_digits(phones)}


class Book:
    """Whose each contact, number and e-mail is, and which of them are a lead's own: what the lead
    or its contact gives, and each touch that names one of them. Of a lead without a contact also
    what the calls and messages about it were to or from.

    `tables`: rows by entity; `leads`: those that survive.
    """

    def __init__(
        self,
        leads: dict[str, Row],
        tables: dict[str, list[Row]],
        customers: dict[tuple[str, str], str],
    ) -> None:
        self._leads = leads
        self._losers = survivors(tables["merges"], "contacts")
        self._owners: dict[Address, set[str]] = defaultdict(set)
        given = defaultdict(set)
        for record, row in _statements(leads, tables):
            if record in customers:
                kind, record_id = record
                last = self._survivor(record_id) if kind == "contact" else record_id
                given[kind, last] |= addresses(row)
                for address in addresses(row):
                    self._owners[address].add(customers[record])
        self._own: dict[str, set[Address]] = {}
        self._of_customer = defaultdict(list)
        for lead_id, lead in leads.items():
            customer, contact = customers["lead", lead_id], self._survivor(lead["contact_id"])
            self._own[lead_id] = given["lead", lead_id] | given["contact", contact]
            if contact:
                self._own[lead_id].add(("contact", contact))
                self._owners["contact", contact].add(customer)
            self._of_customer[customer].append(lead_id)
        for known in self._of_customer.values():
            known.sort(key=lambda lead_id: (leads[lead_id]["created_at"], lead_id))

    def _survivor(self, contact_id: str | None) -> str | None:
        return self._losers.get(contact_id, contact_id)

    def found(self, talk: Row, moment: datetime) -> Iterator[tuple[str, str]]:
        """The lead that each address of a call or message finds, and by what: the last lead of the
        only client with the address, where the address is also the lead's own."""
        asked = addresses(talk)
        if talk.get("contact_id"):
            asked.add(("contact", self._survivor(talk["contact_id"])))
        for address in asked:
            if len(self._owners[address]) != 1:
                continue
            known = self._of_customer[min(self._owners[address])]
            last = [lead for lead in known if self._leads[lead]["created_at"] <= moment]
            if last and address in self._own[last[-1]]:
                yield last[-1], address[0]


def _statements(
    leads: dict[str, Row], tables: dict[str, list[Row]]
) -> Iterator[tuple[tuple[str, str | None], Row]]:
    """Each row that gives addresses of a contact or a lead, with the record they are of."""
    for row in tables["contacts"]:
        yield ("contact", row["contact_id"]), row
    for lead_id, row in leads.items():
        yield ("lead", lead_id), row
    for row in tables["touchpoints"]:
        if row["occurred_at"] < AS_OF_END:
            lead_id = row["lead_id"]
            yield ("lead", lead_id) if lead_id else ("contact", row["contact_id"]), row
    for entity, time in (("calls", "started_at"), ("messages", "sent_at")):
        for row in tables[entity]:
            lead = leads.get(row["lead_id"])
            to_client = row["direction"] != "internal" and row[time] < AS_OF_END
            if lead and not lead["contact_id"] and not row["deal_id"] and to_client:
                yield ("lead", row["lead_id"]), row


@dataclass
class Talk:
    """A call or a message matched to a lead, from the creation of the lead on."""

    lead_id: str
    at: datetime
    matched_by: str
    is_attempt: bool
    is_answered: bool = False
    """Of a call: somebody spoke."""
    author: str | None = None
    """Of a message: in, the client wrote it; out, a manager did."""


def talks(
    sessions: Iterable[Row],
    tables: dict[str, list[Row]],
    leads: dict[str, Row],
    lead_of: dict[str, str],
    book: Book,
) -> dict[str, list[Talk]]:
    """What was said about each lead; `lead_of`: the first lead of each deal.

    Automatic and internal messages are nobody's words to a client.
    """
    lead_survivors = survivors(tables["merges"], "leads")
    deal_survivors = survivors(tables["merges"], "deals")

    def subjects(talk: Row, moment: datetime) -> Iterator[tuple[str, str]]:
        lead_id, deal_id = talk["lead_id"], talk["deal_id"]
        if lead_id is None and deal_id is None:
            yield from book.found(talk, moment)
            return
        if lead_id is None:
            lead_id = lead_of.get(deal_survivors.get(deal_id, deal_id))
        lead_id = lead_survivors.get(lead_id, lead_id)
        if lead_id in leads and moment >= leads[lead_id]["created_at"]:
            yield lead_id, "link"

    found = defaultdict(list)
    for call in sessions:
        at, is_answered = call["started_at"], call["status"] == "answered"
        for lead_id, how in subjects(call, at):
            found[lead_id].append(Talk(lead_id, at, how, call["direction"] == "out", is_answered))
    for message in tables["messages"]:
        at, author = message["sent_at"], message["direction"]
        if message["is_automatic"] or author == "internal" or at >= AS_OF_END:
            continue
        for lead_id, how in subjects(message, at):
            found[lead_id].append(Talk(lead_id, at, how, author == "out", author=author))
    return found


def first_attempt(said: Iterable[Talk]) -> tuple[datetime, str] | tuple[None, None]:
    """When somebody first called or wrote to the client, and how that is known."""
    return _first((talk.at, talk.matched_by) for talk in said if talk.is_attempt)


def first_contact(said: list[Talk]) -> tuple[datetime, str] | tuple[None, None]:
    """When somebody first spoke with the client, or both had written, and how that is known."""
    spoken = [(talk.at, talk.matched_by) for talk in said if talk.is_answered]
    begun = [
        min((talk.at for talk in said if talk.author == author), default=None)
        for author in ("in", "out")
    ]
    if None not in begun:
        exchanged = max(begun)
        spoken += [(exchanged, t.matched_by) for t in said if t.author and t.at == exchanged]
    return _first(spoken)


def _first(moments: Iterable[tuple[datetime, str]]) -> tuple[datetime, str] | tuple[None, None]:
    """The earliest; of several at one time the best known."""
    ranks = ("link", "contact", "phone", "email")
    key = min(((at, ranks.index(how)) for at, how in moments), default=None)
    return (key[0], ranks[key[1]]) if key else (None, None)


def _status(direction: str, parts: list[Row], answered: list[Row], waited: list[Row]) -> str:
    results = {leg["result"] for leg in parts}
    wait = sum((leg["queue_seconds"] or 0) + (leg["ring_seconds"] or 0) for leg in waited)
    if answered:
        return "answered"
    if "abandoned" in results:
        return "abandoned_short"
    if results == {"failed"}:
        return "failed"
    short = direction == "in" and wait < ABANDONED_SHORT_SECONDS
    return "abandoned_short" if short else "missed"


def _last_user(legs: list[Row]) -> str | None:
    return next((leg["user"] for leg in reversed(legs) if leg["user"]), None)
