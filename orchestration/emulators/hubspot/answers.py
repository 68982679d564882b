"""Objects, associations, pages and errors in the format of HubSpot."""

from collections.abc import Iterable
from typing import Any

from starlette.responses import JSONResponse, Response

from orchestration.emulators.hubspot.objects import Thing
from orchestration.emulators.hubspot.values import iso


def shown(one: Thing, wanted: Iterable[str], history: Iterable[str]) -> dict[str, Any]:
    properties = {name: one.properties.get(name) for name in wanted if name != "hs_object_id"}
    content: dict[str, Any] = {
        "id": one.id,
        "properties": {"hs_object_id": one.id, **properties},
        "createdAt": iso(one.created),
        "updatedAt": iso(one.modified),
        "archived": one.archived is not None,
    }
    if one.archived:
        content["archivedAt"] = iso(one.archived)
    if history:
        content["propertiesWithHistory"] = {
            name: [
                {"value": value, "timestamp": iso(moment), "sourceType": "CRM_UI"}
                | ({"updatedByUserId": 7_000_000 + int(user)} if user else {})
                for value, moment, user in reversed(one.history.get(name, []))
            ]
            for name in history
        }
    return content


def told(linked: list[str]) -> list[dict[str, Any]]:
    """Each association occurs once per label."""
    rows = []
    for one in linked:
        id_, _, label = one.partition(" ")
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}]
        rows.append({"toObjectId": int(id_), "associationTypes": types})
        if label:
            types = [{"category": "HUBSPOT_DEFINED", "typeId": 5, "label": label}]
        rows.append({"toObjectId": int(id_), "associationTypes": types})
    return rows


def paged(rows: list[Any], first: int, size: int) -> dict[str, Any]:
    """A number of rows from a position, and the position of the next page."""
    content: dict[str, Any] = {"results": rows[first : first + size]}
    if len(rows) > first + size:
        content["paging"] = {"next": {"after": str(first + size)}}
    return content


def problem(category: str, message: str, id_: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": {"ids": [id_]},
    }


def error(status: int, category: str, message: str) -> Response:
    body = {"status": "error", "message": message, "correlationId": "0", "category": category}
    return JSONResponse(body, status)


def limit(policy: str) -> Response:
    body = {
        "status": "error",
        "message": f"You have reached your {policy.lower()} limit.",
        "errorType": "RATE_LIMIT",
        "policyName": policy,
    }
    return JSONResponse(body, 429)
