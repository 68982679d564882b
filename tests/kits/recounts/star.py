"""The star counted a second time, in plain Python loops over the landed rows, one record at a time.

Nothing is shared with the models but the definitions; the demo company's zone and thresholds stand
here as constants.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
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
    """The visits of one deal in order, and how often and when it was closed."""

    visits: list[Visit] = field(default_factory=list)
    closed_at: list[datetime] = field(default_factory=list)
    reopened: int = 0

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


def phoned(
    leads: dict[str, Row],
    contacts: Iterable[Row],
    merges: Iterable[Row],
    sessions: dict[str, Row],
    customers: dict[tuple[str, str], str],
) -> list[tuple[str, Row]]:
    """The sessions that name no record, each with the lead whose own number it was on: one of the
    same client, the last before the call."""
    losers = survivors(merges, "contacts")
    of_contact, owners = defaultdict(set), defaultdict(set)
    for row in contacts:
        for number in ten_digits(row["phones"]):
            of_contact[losers.get(row["contact_id"], row["contact_id"])].add(number)
            owners[number].add(customers["contact", row["contact_id"]])
    numbers, of_customer = {}, defaultdict(list)
    for lead_id, lead in leads.items():
        customer, contact = customers["lead", lead_id], lead["contact_id"]
        own = set(ten_digits(lead["phone"]))
        for number in own:
            owners[number].add(customer)
        numbers[lead_id] = own | of_contact[losers.get(contact, contact)]
        of_customer[customer].append(lead_id)
    for own in of_customer.values():
        own.sort(key=lambda lead_id: (leads[lead_id]["created_at"], lead_id))
    found = []
    for session in sessions.values():
        if session["lead_id"] or session["deal_id"]:
            continue
        for number in ten_digits(session["client_phone"]):
            if len(owners[number]) != 1:
                continue
            known = of_customer[min(owners[number])]
            last = [lead for lead in known if leads[lead]["created_at"] <= session["started_at"]]
            if last and number in numbers[last[-1]]:
                found.append((last[-1], session))
    return found


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
