"""The objects of the account: properties with their history, and associations."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestration.emulators.company import Company
from orchestration.emulators.hubspot.carried import RENAMED
from orchestration.emulators.hubspot.numbers import LEAD_PIPELINE, NEW, QUALIFIED, UNQUALIFIED
from orchestration.emulators.hubspot.values import iso

# Custom properties of the account.
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
    # Of communications.
    "messages": {"direction": "message_direction"},
}

# The outcome with this id exists in every account.
_NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
_STATUSES = {
    "answered": "COMPLETED",
    "missed": "NO_ANSWER",
    "abandoned": "CANCELED",
    "failed": "FAILED",
}

# An earlier value of a property: value, time, user.
Value = tuple[str, datetime, str | None]


@dataclass
class Thing:
    """An object. `history`: by property, the oldest value first."""

    id: str
    created: datetime
    modified: datetime
    properties: dict[str, str | None]
    history: dict[str, list[Value]] = field(default_factory=dict)
    linked: dict[str, list[str]] = field(default_factory=dict)
    archived: datetime | None = None


def _merged(company: Company, entity: str) -> dict[str, list[tuple[str, datetime]]]:
    """By survivor, the merged records in the order of their merges."""
    found: dict[str, list[tuple[str, datetime]]] = {}
    query = RENAMED["merges"].replace("if(entity = 'contacts', null, merged_at)", "merged_at")
    for row in company.rows(f"from ({query}) where entity = ? order by merged_at", entity):
        found.setdefault(row["survivor_id"], []).append((row["loser_id"], row["merged_at"]))
    return found


def contacts(company: Company) -> Iterator[Thing]:
    merged = _merged(company, "contacts")
    for row in company.rows(RENAMED["contacts"]):
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
            "createdate": iso(row["created_at"]),
            "lastmodifieddate": iso(row["updated_at"]),
            **_custom("contacts", row),
        }
        yield Thing(row["contact_id"], row["created_at"], row["updated_at"], properties)


def leads(company: Company) -> Iterator[Thing]:
    merged = _merged(company, "leads")
    for row in company.rows(RENAMED["leads"]):
        moves: list[Value] = [(NEW, row["created_at"], None)]
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
            "hs_createdate": iso(row["created_at"]),
            "hs_lastmodifieddate": iso(row["updated_at"]),
            **_custom("leads", row),
        }
        history: dict[str, list[Value]] = {
            "hs_pipeline_stage": moves,
            "hs_pipeline": [(LEAD_PIPELINE, row["created_at"], None)],
        }
        lead = Thing(row["lead_id"], row["created_at"], row["updated_at"], properties, history)
        lead.linked["deals"] = [row["deal_id"]] if row["deal_id"] else []
        yield _with_merged(lead, merged)


def deals(company: Company) -> Iterator[Thing]:
    merged = _merged(company, "deals")
    moves: dict[str, list[dict[str, Any]]] = {}
    for row in company.rows(f"from ({RENAMED['stage_events']}) order by sequence"):
        moves.setdefault(row["deal_id"], []).append(row)
    for row in company.rows(RENAMED["deals"]):
        close = row["closed_at"] or row["expected_close_on"]
        properties = {
            "pipeline": row["pipeline_id"],
            "dealstage": row["stage_id"],
            "amount": None if row["amount"] is None else str(row["amount"]),
            "deal_currency_code": row["currency"],
            "closedate": close and iso(close),
            "closed_lost_reason": row["lost_reason"],
            "hubspot_owner_id": row["owner_id"],
            "createdate": iso(row["created_at"]),
            "hs_lastmodifieddate": iso(row["updated_at"]),
            **_custom("deals", row),
        }
        deal = Thing(row["deal_id"], row["created_at"], row["updated_at"], properties)
        known = [one for one in moves[deal.id] if one["changed_at"].date() < company.today]
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
        # The main contact has a label if another contact has a smaller id.
        contact = row["contact_id"]
        if contact:
            main = int(deal.id) % 3 == 0
            deal.linked["contacts"] = ["4", f"{contact} Primary"] if main else [contact, "9999999"]
        deal.linked["companies"] = [row["company_id"]] if row["company_id"] else []
        deal.linked["leads"] = [row["lead_id"]] if row["lead_id"] else []
        yield _with_merged(deal, merged)


def _with_merged(one: Thing, merged: dict[str, list[tuple[str, datetime]]]) -> Thing:
    losers = merged.get(one.id, [])
    ids = [";".join(loser for loser, _ in losers[: n + 1]) for n in range(len(losers))]
    one.properties["hs_merged_object_ids"] = ids[-1] if ids else None
    one.history["hs_merged_object_ids"] = [
        (value, moment, None) for value, (_, moment) in zip(ids, losers, strict=True)
    ]
    return one


def calls(company: Company, session_id: Callable[[str], str]) -> Iterator[Thing]:
    """The calls, with the session ids of telephony."""
    session = session_id("session_id")
    for row in company.rows(f"select *, {session} as external from ({RENAMED['calls']})"):
        is_in = row["direction"] == "in"
        numbers = [row["client_phone"], row["line_phone"]]
        caller, called = numbers if is_in else numbers[::-1]
        # An unanswered call has a duration, too. Calls logged by hand are completed; missed ones
        # have the chosen outcome.
        is_chosen = row["result"] == "missed" and int(row["call_id"]) % 2 == 1
        status = "COMPLETED" if is_chosen else _STATUSES.get(row["result"])
        seconds = row["talk_seconds"] if row["result"] in (None, "answered") else 15
        properties = {
            "hs_call_external_id": row["external"],
            "hs_call_direction": "INBOUND" if is_in else "OUTBOUND",
            "hs_call_status": status,
            "hs_call_disposition": _NO_ANSWER if is_chosen else None,
            "hs_call_duration": str(1000 * seconds),
            "hs_call_from_number": caller,
            "hs_call_to_number": called,
            "hs_call_recording_url": row["recording_url"],
            "hubspot_owner_id": row["user_id"],
            "hs_timestamp": iso(row["started_at"]),
            "hs_lastmodifieddate": iso(row["updated_at"]),
        }
        call = Thing(row["call_id"], row["started_at"], row["updated_at"], properties)
        for other in ("lead", "deal"):
            linked = row[f"{other}_id"]
            call.linked[f"{other}s"] = [linked] if linked else []
        yield call


def _custom(entity: str, row: dict[str, Any]) -> dict[str, str | None]:
    return {name: _plain(row[column]) for column, name in CUSTOM_FIELDS[entity].items()}


def _plain(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
