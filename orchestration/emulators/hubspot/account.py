"""The owners and pipelines of the account."""

from collections.abc import Iterator
from typing import Any

from orchestration.emulators.company import Company
from orchestration.emulators.hubspot.carried import CHANGED, RENAMED
from orchestration.emulators.hubspot.numbers import (
    LEAD_PIPELINE,
    NEW,
    PIPELINES,
    QUALIFIED,
    UNQUALIFIED,
)
from orchestration.emulators.hubspot.values import iso


def owners(company: Company, archived: bool) -> Iterator[dict[str, Any]]:
    """Owners who left are archived and are no longer users."""
    for row in company.rows(RENAMED["users"]):
        if row["is_active"] == archived:
            continue
        first, _, last = row["name"].partition(" ")
        user = 7_000_000 + int(row["user_id"])
        teams = [{"id": "1", "name": "All", "primary": False}]
        teams.append({"id": "2", "name": row["team"], "primary": True})
        yield {
            "id": row["user_id"],
            "email": row["email"],
            "firstName": first,
            "lastName": last,
            "userId": None if archived else user,
            "userIdIncludingInactive": user,
            "type": "PERSON",
            "teams": teams if row["team"] else [],
            "archived": archived,
            "updatedAt": iso(row["updated_at"]),
        }


def pipelines(company: Company, kind: str) -> Iterator[dict[str, Any]]:
    if kind == "leads":
        stages = [
            _stage(NEW, "New", 0, {"leadState": "NEW", "isClosed": "false"}),
            _stage(QUALIFIED, "Good", 1, {"leadState": "QUALIFIED", "isClosed": "true"}),
            _stage(UNQUALIFIED, "Bad", 2, {"leadState": "UNQUALIFIED", "isClosed": "true"}),
        ]
        yield _pipeline(LEAD_PIPELINE, "Inquiries", stages)
        return
    rows = company.rows(f"from ({RENAMED['stages']}) where not is_deleted")
    for id_ in PIPELINES.values():
        there = [row for row in rows if row["pipeline_id"] == id_]
        stages = []
        for row in there:
            is_closed = str(row["semantics"] != "open").lower()
            metadata = {"isClosed": is_closed, "probability": str(row["probability"])}
            stages.append(_stage(row["stage_id"], row["stage_name"], row["stage_order"], metadata))
        yield _pipeline(id_, there[0]["pipeline_name"], stages)


def _stage(id_: str, label: str, order: int, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "id": id_,
        "label": label,
        "displayOrder": order,
        "metadata": metadata,
        "archived": False,
        "updatedAt": f"{CHANGED.replace(' ', 'T')}Z",
    }


def _pipeline(id_: str, label: str, stages: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": id_, "label": label, "displayOrder": 0, "archived": False, "stages": stages}
