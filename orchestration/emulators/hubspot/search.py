"""The results of a search among the objects of a kind, and their order."""

from collections.abc import Iterable
from typing import Any

from orchestration.emulators.hubspot.objects import Thing
from orchestration.emulators.hubspot.values import milliseconds


def found(things: Iterable[Thing], kind: str, asked: dict[str, Any]) -> list[Thing]:
    """The objects that match the request."""
    found = [one for one in things if one.archived is None]
    for group in asked["filterGroups"]:
        for wanted in group["filters"]:
            found = [one for one in found if _meets(one, kind, **wanted)]
    (sort,) = asked["sorts"]
    # Ids are sorted as text.
    found.sort(key=lambda one: one.id)
    if sort["propertyName"] != "hs_object_id":
        assert sort["propertyName"] == _modified_property(kind)
        found.sort(key=lambda one: one.modified, reverse=sort["direction"] == "DESCENDING")
    return found


def _modified_property(kind: str) -> str:
    return "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"


def _meets(one: Thing, kind: str, propertyName: str, operator: str, value: str) -> bool:  # noqa: N803
    """Ids are also compared as text."""
    pair: tuple[Any, Any] = one.id, value
    if propertyName != "hs_object_id":
        assert propertyName == _modified_property(kind)
        pair = milliseconds(one.modified), int(value)
    left, right = pair
    return bool({"GTE": left >= right, "LTE": left <= right, "GT": left > right}[operator])
