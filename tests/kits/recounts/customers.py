"""Who is one customer, found a second time: plain union-find over the landed rows, in Python.

A phone is its last ten digits here, which is enough for the demo company; guards are not counted
again, since nothing in it is shared by people who are not one.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from kits.recounts.star import AS_OF_END, Row, customer_id, survivors

Record = tuple[str, str]


class _Groups:
    def __init__(self) -> None:
        self._parents: dict[Record, Record] = {}

    def find(self, node: Record) -> Record:
        path = []
        while (parent := self._parents.setdefault(node, node)) != node:
            path.append(node)
            node = parent
        for step in path:
            self._parents[step] = node
        return node

    def join(self, one: Record, other: Record) -> None:
        self._parents[self.find(one)] = self.find(other)


def customers(tables: dict[str, list[Row]], key: str) -> dict[Record, str]:
    """The customer id of every contact, lead and deal that survives; `tables`: rows by entity."""
    groups = _Groups()
    merges = {entity: survivors(tables["merges"], f"{entity}s") for entity in _KINDS}
    seen = {}
    for entity, losers in merges.items():
        for row in tables[f"{entity}s"]:
            record = (entity, row[f"{entity}_id"])
            last = (entity, losers.get(record[1], record[1]))
            if entity != "deal" or record != last or not row["is_deleted"]:
                seen[record] = row["created_at"]
                groups.join(record, last)
    for one, other in _ties(tables, merges):
        groups.join(one, other)
    members = defaultdict(list)
    for record in seen:
        members[groups.find(record)].append(record)
    found = {}
    for records in members.values():
        first = min(records, key=lambda record: (seen[record] or datetime.max, record))
        for record in records:
            found[record] = customer_id(":".join(first), key)
    return found


_KINDS = ("contact", "lead", "deal")


def _ties(
    tables: dict[str, list[Row]], merges: dict[str, dict[str, str]]
) -> Iterator[tuple[Record, Record]]:
    """Pairs of records and identifiers that belong together."""
    leads = {row["lead_id"]: row for row in tables["leads"]}
    deals = {row["deal_id"]: row for row in tables["deals"]}
    pairs = [(row["lead_id"], row["deal_id"]) for row in (*leads.values(), *deals.values())]
    pairs = [(lead, deal) for lead, deal in pairs if lead in leads and deal in deals]
    with_lead = {merges["deal"].get(deal, deal) for _, deal in pairs}
    for lead, deal in pairs:
        if not (leads[lead]["contact_id"] and deals[deal]["contact_id"]):
            yield ("lead", lead), ("deal", deal)
    for kind, rows in (("lead", leads), ("deal", deals)):
        for record_id, row in rows.items():
            if row["contact_id"]:
                yield (kind, record_id), ("contact", row["contact_id"])
    for deal_id, row in deals.items():
        if not row["contact_id"] and row["company_id"] and deal_id not in with_lead:
            yield ("deal", deal_id), ("company", row["company_id"])
    for row in tables["contacts"]:
        for cell in (row["phones"], row["emails"], row["messengers"]):
            for part in (cell or "").split(";"):
                yield from _spelt(("contact", row["contact_id"]), part)
    for row in leads.values():
        for cell in (row["phone"], row["email"], row["messenger"]):
            yield from _spelt(("lead", row["lead_id"]), cell or "")
        if row["client_id"]:
            yield ("lead", row["lead_id"]), ("client", row["client_id"])
    # The number of a call and the address of a message are those of whom it is about, where the CRM
    # does not say who that is.
    said = [(row, row["started_at"], (row["client_phone"],)) for row in tables["calls"]]
    said += [(row, row["sent_at"], (row["phone"], row["email"])) for row in tables["messages"]]
    for row, moment, cells in said:
        deal, lead = row["deal_id"], row["lead_id"]
        record = ("deal", deal) if deal else ("lead", lead)
        known = deals.get(deal) if deal else leads.get(lead)
        on_time = row["direction"] != "internal" and moment < AS_OF_END
        if known and not known["contact_id"] and on_time:
            for cell in cells:
                yield from _spelt(record, cell or "")
    # What a touch gives is of the lead that it names, else of the contact, else of one visitor.
    contacts = {row["contact_id"] for row in tables["contacts"]}
    for row in tables["touchpoints"]:
        lead, contact, visit = row["lead_id"], row["contact_id"], ("touch", row["touchpoint_id"])
        record = ("lead", lead) if lead else ("contact", contact) if contact else visit
        known = lead in leads if lead else contact in contacts if contact else True
        if known and row["occurred_at"] < AS_OF_END:
            for cell in (row["phone"], row["email"]):
                yield from _spelt(record, cell or "")


def _spelt(record: Record, text: str) -> Iterator[tuple[Record, Record]]:
    name = text.strip().lower().removeprefix("@")
    digits = re.sub(r"\D", "", name)
    if "@" not in name and "client" not in name and len(digits) >= 10:
        yield record, ("phone", digits[-10:])
    elif name:
        yield record, ("name", name)
