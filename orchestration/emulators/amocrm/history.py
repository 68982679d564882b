"""Events: status changes, merges and deletions."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from orchestration.emulators.amocrm.carried import DEAL_CARDS, LEAD_MOVES, RENAMED
from orchestration.emulators.amocrm.numbers import LEAD_PIPELINE
from orchestration.emulators.amocrm.values import seconds, whole
from orchestration.emulators.amocrm.written import ALL_TASKS
from orchestration.emulators.company import Company


def history(company: Company) -> Iterator[dict[str, Any]]:
    """All events, including future ones."""
    for row in company.rows(RENAMED["stage_events"]):
        before = (row["from_pipeline_id"], row["from_stage_id"])
        after = (row["pipeline_id"], row["to_stage_id"])
        at, order = row["changed_at"], row["sequence"]
        yield _moved(row["deal_id"], before, after, at, row["changed_by"], order)
    for row in company.rows(LEAD_MOVES):
        before, after = (LEAD_PIPELINE, row["before"]), (LEAD_PIPELINE, row["after"])
        yield _moved(row["card"], before, after, row["at"], row["owner_id"], row["after"])
    for row in company.rows(RENAMED["merges"]):
        loser, survivor = int(row["loser_id"]), int(row["survivor_id"])
        kind = "contact" if row["entity"] == "contacts" else "lead"
        yield _event("entity_merged", kind, survivor, row["merged_at"], loser) | {
            "value_before": [{"entity": {"id": loser}}, {"entity": {"id": survivor}}],
            "value_after": [{"entity": {"id": survivor}}],
        }
    for row in company.rows(f"from ({DEAL_CARDS}) where is_deleted"):
        yield _event("lead_deleted", "lead", int(row["deal_id"]), row["updated_at"], 1)
    for row in company.rows(RENAMED["messages"]):
        yield from _written(row)
    for row in company.rows(ALL_TASKS):
        number = int(row["task_id"])
        if row["completed_at"]:
            yield _event("task_completed", "task", number, row["completed_at"], 2)
        if row["is_deleted"]:
            yield _event("task_deleted", "task", number, row["updated_at"], 3)


def _written(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A message is an event of its card and of its contact, whichever there are."""
    kind = {"email": "mail", "sms": "sms"}.get(row["channel"], "chat_message")
    direction = {"in": "incoming", "out": "outgoing"}.get(row["direction"])
    number = int(row["message_id"].removeprefix("m-"))
    value: dict[str, Any] = {"note": {"id": number}}
    if kind == "chat_message":
        value = {"message": {"id": row["message_id"]}}
        if row["thread_id"]:
            value["message"]["talk_id"] = int(row["thread_id"])
        if row["channel"] == "messenger":
            value["message"]["origin"] = "telegram"
    type_ = f"{direction}_{kind}" if direction else "entity_direct_message"
    for order, (entity, id_) in enumerate(
        (("lead", row["card_id"]), ("contact", row["contact_id"]))
    ):
        if id_:
            event = _event(type_, entity, int(id_), row["sent_at"], 10 * number + order)
            yield event | {
                "created_by": whole(row["user_id"]) or 0,
                "value_after": [value],
            }


def _event(kind: str, entity: str, card: int, at: datetime, order: int) -> dict[str, Any]:
    return {
        "id": f"01{seconds(at):012d}{order:06d}{card:08d}",
        "type": kind,
        "entity_id": card,
        "entity_type": entity,
        "created_by": 0,
        "created_at": seconds(at),
        "value_after": [],
        "value_before": [],
    }


def _moved(
    card: str,
    before: tuple[Any, ...],
    after: tuple[Any, ...],
    at: datetime,
    user: str | None,
    order: int,
) -> dict[str, Any]:
    def status(place: tuple[Any, ...]) -> list[dict[str, Any]]:
        return [{"lead_status": {"id": int(place[1]), "pipeline_id": int(place[0])}}]

    return _event("lead_status_changed", "lead", int(card), at, order) | {
        "created_by": whole(user) or 0,
        "value_before": status(before),
        "value_after": status(after),
    }
