"""The rows of the lists: pipelines, users, cards, contacts and notes of calls."""

from collections.abc import Iterator
from typing import Any

from orchestration.emulators.amocrm.carried import DEAL_CARDS, LEAD_CARDS, RENAMED
from orchestration.emulators.amocrm.fields import filled
from orchestration.emulators.amocrm.numbers import (
    LEAD_PIPELINE,
    LOST,
    NEW,
    PIPELINES,
    QUALIFIED,
    WON,
    stage_id,
)
from orchestration.emulators.amocrm.values import unix, whole
from orchestration.emulators.company import Company


def pipelines(company: Company) -> Iterator[dict[str, Any]]:
    leads = [(NEW, "New", 10), (3002, "Asked back", 20), (QUALIFIED, "Good", 30)]
    yield _pipeline(LEAD_PIPELINE, "Inquiries", leads)
    stages = company.rows(
        f"select *, {stage_id('stage_id')} as number from stages"
        " where not is_deleted and semantics in ('open', 'post_won')"
    )
    for own, number in PIPELINES.items():
        there = [stage for stage in stages if stage["pipeline_id"] == own]
        yield _pipeline(
            number,
            there[0]["pipeline_name"],
            [(int(s["number"]), s["stage_name"], 10 * s["stage_order"]) for s in there],
        )


def _pipeline(number: int, name: str, stages: list[tuple[int, str, int]]) -> dict[str, Any]:
    ends = [(WON, "Won", 10_000), (LOST, "Lost", 11_000)]
    statuses = [
        {"id": id_, "name": label, "sort": sort, "pipeline_id": number, "type": 0}
        for id_, label, sort in [*stages, *ends]
    ]
    unsorted = {"id": number * 100 + 99, "name": "Incoming", "sort": 5, "type": 1}
    return {"id": number, "name": name, "_embedded": {"statuses": [unsorted, *statuses]}}


def users(company: Company) -> Iterator[dict[str, Any]]:
    for row in company.rows(f"from ({RENAMED['users']}) where is_active"):
        yield {
            "id": int(row["user_id"]),
            "name": row["name"],
            "email": row["email"],
            "rights": {"is_admin": False, "is_active": True, "group_id": 1},
            "_embedded": {
                "roles": [{"id": 1, "name": row["role"]}],
                "groups": [{"id": 1, "name": row["team"]}],
            },
        }


def cards(company: Company, has_minor_units: bool) -> Iterator[dict[str, Any]]:
    """All cards, including those in the trash."""
    for entity, query in (("deals", DEAL_CARDS), ("leads", LEAD_CARDS)):
        for row in company.rows(query):
            card = _card(entity, row)
            if has_minor_units:
                card["price_with_minor_units"] = float(row["amount"] or 0)
            yield card


def _card(entity: str, row: dict[str, Any]) -> dict[str, Any]:
    other = {"id": 4_000_000, "is_main": False}
    main = {"id": whole(row["contact_id"]), "is_main": True}
    reason = row["lost_reason"]
    return {
        "id": int(row[f"{entity[:-1]}_id"]),
        "name": "Card",
        "price": int(row["amount"] or 0),
        "responsible_user_id": whole(row["owner_id"]),
        "status_id": int(row["stage_id"]),
        "pipeline_id": int(row["pipeline_id"]),
        "created_at": unix(row["created_at"]),
        "updated_at": unix(row["updated_at"]),
        "closed_at": unix(row["closed_at"]),
        "is_deleted": row["is_deleted"],
        "custom_fields_values": filled(entity, row),
        "_embedded": {
            "tags": [],
            "companies": _companies(row),
            "contacts": [other, main] if row["contact_id"] else [],
            "loss_reason": [{"id": 1, "name": reason}] if reason else [],
        },
    }


def contacts(company: Company) -> Iterator[dict[str, Any]]:
    for row in company.rows(RENAMED["contacts"]):
        yield {
            "id": int(row["contact_id"]),
            "name": row["name"],
            "created_at": unix(row["created_at"]),
            "updated_at": unix(row["updated_at"]),
            "custom_fields_values": filled("contacts", row),
            "_embedded": {"tags": [], "companies": _companies(row)},
        }


def _companies(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": int(row["company_id"])}] if row["company_id"] else []


# The contact of calls without a card.
_CLIENT = 7_000_000


def notes(company: Company, session_id: str) -> Iterator[dict[str, Any]]:
    """The notes of calls. `session_id`: SQL of the session id of telephony."""
    for row in company.rows(f"select *, {session_id} as uniq from ({RENAMED['calls']})"):
        yield {
            "id": int(row["call_id"]),
            "noted_at": row["noted_at"],
            "entity_id": whole(row["card_id"]) or _CLIENT,
            "created_by": 0,
            "created_at": unix(row["started_at"]),
            "updated_at": unix(row["updated_at"]),
            "note_type": f"call_{row['direction']}",
            "params": {
                "uniq": row["uniq"],
                # An unanswered call has a duration, too.
                "duration": row["talk_seconds"] if row["result"] == "answered" else 17,
                "phone": row["client_phone"],
                "link": row["recording_url"],
                "call_status": {"answered": 4, "failed": 5}.get(row["result"], 6),
                "call_responsible": whole(row["user_id"]),
            },
        }


# The types of tasks of the account; the vendor has the first two.
TASK_TYPES = {"call": 1, "meeting": 2, "email": 77001, "offer": 77002, "other": 77003}
# What a text contains.
PRIVATE = "between-you-and-me"


def tasks(company: Company) -> Iterator[dict[str, Any]]:
    for row in company.rows(RENAMED["tasks"]):
        completed = row["completed_at"]
        place = ("leads", row["card_id"]) if row["card_id"] else ("contacts", row["contact_id"])
        yield {
            "id": int(row["task_id"]),
            "created_by": 0,
            "responsible_user_id": whole(row["user_id"]),
            "entity_type": place[0] if place[1] else None,
            "entity_id": whole(place[1]),
            "task_type_id": TASK_TYPES[row["kind"]],
            "is_completed": completed is not None and completed.date() < company.today,
            "complete_till": unix(row["due_at"]),
            "text": PRIVATE,
            "result": {"text": PRIVATE} if completed else [],
            "created_at": unix(row["created_at"]),
            "updated_at": unix(row["updated_at"]),
        }
