"""Pages of objects and similar rows of an account."""

from dataclasses import dataclass, field
from typing import Any

from orchestration.sources.http.verdict import Answer

# The place of the objects of all kinds.
OBJECTS = "crm/v3/objects"


@dataclass(frozen=True)
class Page:
    """Objects as delivered. `after`: the position of the next page, if there is one."""

    body: bytes = b""
    rows: list[dict[str, Any]] = field(default_factory=list)
    after: str | None = None


def page_of(answer: Answer) -> Page:
    content = answer.json()
    return Page(answer.body, content.get("results") or [], after_of(content))


def after_of(content: dict[str, Any]) -> str | None:
    return ((content.get("paging") or {}).get("next") or {}).get("after")
