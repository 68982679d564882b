"""The answers of an account that hold objects, or the like, page by page."""

from dataclasses import dataclass, field
from typing import Any

from orchestration.sources.http.verdict import Answer

# Where the objects of all kinds are.
OBJECTS = "crm/v3/objects"


@dataclass(frozen=True)
class Page:
    """Objects as they came. `after`: where the list goes on, if it does."""

    body: bytes = b""
    rows: list[dict[str, Any]] = field(default_factory=list)
    after: str | None = None


def page_of(answer: Answer) -> Page:
    content = answer.json()
    return Page(answer.body, content.get("results") or [], after_of(content))


def after_of(content: dict[str, Any]) -> str | None:
    return ((content.get("paging") or {}).get("next") or {}).get("after")
