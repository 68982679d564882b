"""The e-mails, communications and tasks of the account, with texts for whoever requests them."""

from collections.abc import Iterator
from typing import Any

from orchestration.emulators.company import Company
from orchestration.emulators.hubspot.carried import RENAMED
from orchestration.emulators.hubspot.objects import CUSTOM_FIELDS, Thing
from orchestration.emulators.hubspot.values import iso

# What a text contains that nobody may request.
PRIVATE = "between-you-and-me"

_INCOMING = ("INCOMING_EMAIL", "FORWARDED_EMAIL")
_CHANNELS = {"sms": "SMS", "chat": "CUSTOM_CHANNEL_CONVERSATION", "messenger": "WHATS_APP"}


def emails(company: Company) -> Iterator[Thing]:
    for row in _messages(company, "email"):
        is_in = row["direction"] == "in"
        number = int(row["message_id"])
        properties = {
            "hs_email_direction": "EMAIL" if not is_in else _INCOMING[number % 2],
            "hs_email_status": None if is_in else "SENT",
            "hs_email_thread_id": row["thread_id"],
            "hs_email_subject": PRIVATE,
            "hs_email_text": PRIVATE,
            "hs_email_html": PRIVATE,
            "hs_incoming_email_is_out_of_office": "false" if is_in else None,
        }
        yield _sent(row, properties, "SEQUENCES")
        if number % 50 == 0:
            # What waits to be sent is an object, too.
            waits = _sent(row | {"message_id": f"{10**8 + number}"}, {**properties}, "CRM_UI")
            waits.properties |= {"hs_email_direction": "EMAIL", "hs_email_status": "SCHEDULED"}
            yield waits


def communications(company: Company) -> Iterator[Thing]:
    for channel, type_ in _CHANNELS.items():
        for row in _messages(company, channel):
            direction = {"in": "INBOUND", "out": "OUTBOUND"}[row["direction"]]
            properties: dict[str, str | None] = {
                "hs_communication_channel_type": type_,
                "hs_communication_body": PRIVATE,
                CUSTOM_FIELDS["messages"]["direction"]: direction,
            }
            yield _sent(row, properties, "AUTOMATION_PLATFORM")


def _messages(company: Company, channel: str) -> list[dict[str, Any]]:
    return company.rows(f"from ({RENAMED['messages']}) where channel = ?", channel)


def _sent(row: dict[str, Any], properties: dict[str, str | None], program: str) -> Thing:
    source = program if row["is_automatic"] else "CRM_UI"
    common = {
        "hs_timestamp": iso(row["sent_at"]),
        "hs_object_source_label": source,
        "hubspot_owner_id": row["user_id"],
        "hs_createdate": iso(row["sent_at"]),
        "hs_lastmodifieddate": iso(row["updated_at"]),
    }
    thing = Thing(row["message_id"], row["sent_at"], row["updated_at"], common | properties)
    return _linked(thing, row)


def tasks(company: Company) -> Iterator[Thing]:
    """An open task has its due time where a completed one has the time of its completion."""
    for row in company.rows(RENAMED["tasks"]):
        completed, due = row["completed_at"], row["due_at"] and iso(row["due_at"])
        is_completed = completed is not None and completed.date() < company.today
        properties = {
            "hs_timestamp": due,
            "hs_task_status": "COMPLETED" if is_completed else "NOT_STARTED",
            "hs_task_type": row["kind"],
            "hs_task_completion_date": iso(completed) if is_completed else due,
            "hs_task_subject": PRIVATE,
            "hs_task_body": PRIVATE,
            "hubspot_owner_id": row["user_id"],
            "hs_createdate": iso(row["created_at"]),
            "hs_lastmodifieddate": iso(row["updated_at"]),
        }
        task = Thing(row["task_id"], row["created_at"], row["updated_at"], properties)
        task.archived = row["updated_at"] if row["is_deleted"] else None
        yield _linked(task, row)


def _linked(thing: Thing, row: dict[str, Any]) -> Thing:
    for other in ("contact", "lead", "deal"):
        linked = row[f"{other}_id"]
        thing.linked[f"{other}s"] = [linked] if linked else []
    return thing
