"""The findings of `voronka doctor` for an amoCRM account: lists are measured, none is loaded."""

from collections.abc import Iterator
from datetime import date
from math import ceil
from typing import Any

from orchestration.core.home import Home
from orchestration.sources.base import Finding
from orchestration.sources.crm.amocrm.api import AmocrmApi
from orchestration.sources.crm.amocrm.config import AmocrmSource
from orchestration.sources.crm.amocrm.extract import (
    CALL_NOTES,
    EVENTS_PAGE,
    PAGE,
    SLICE_DAYS,
    call_notes,
    events,
    seconds,
)


def diagnose(name: str, config: AmocrmSource, as_of: date, home: Home) -> Iterator[Finding]:
    """The account, the ids that the config names, and the time of a first load under the limits."""
    with AmocrmApi(name, config, home) as amo:
        account = amo.get("account")
        found = f"the token is valid, account {account['name']}, currency {account['currency']}"
        yield Finding(f"source {name}", found)
        amo.filled("users", "users", limit=1)
        yield Finding(f"{name}.users", "may be read")
        yield from _named(name, config, amo)
        requests = ceil(((as_of - config.history_from).days + 1) / SLICE_DAYS)
        since = seconds(config.history_from)
        changed = {"limit": PAGE, "filter[updated_at][from]": since}
        happened = {"limit": EVENTS_PAGE, "filter[created_at][from]": since}
        lists: list[tuple[str, str, dict[str, Any]]] = [
            ("contacts", "contacts", changed),
            ("leads", "leads", changed),
            *((path, path, changed | CALL_NOTES) for _, path in call_notes(config)),
            *([("tasks", "tasks", changed)] if config.tasks else []),
            *(
                (table.name, "events", happened | {"filter[type]": ",".join(types)})
                for table, types in events(config)
            ),
        ]
        for what, path, asked in lists:
            size, pages = asked["limit"], _pages(amo, path, asked)
            requests += pages
            yield Finding(
                f"{name}.{what}", f"at most {pages * size:,} rows since {config.history_from}"
            )
        minutes = ceil(requests / config.requests_per_second / 60)
    found = f"a first load takes about {requests:,} requests and at least {minutes:,} min"
    yield Finding(f"{name} limits", found)


def _named(name: str, config: AmocrmSource, amo: AmocrmApi) -> Iterator[Finding]:
    """Whether the account has the ids that the config names."""
    pipelines = amo.filled("leads/pipelines", "pipelines").rows
    stages = {s["id"] for pipeline in pipelines for s in pipeline["_embedded"]["statuses"]}
    fields: set[int] = set()
    for path in ("leads/custom_fields", "contacts/custom_fields"):
        page = amo.page(path, "custom_fields", limit=PAGE)
        fields |= {one["id"] for one in page.rows}
        while page.next:
            page = amo.page(page.next, "custom_fields", promised=True)
            fields |= {one["id"] for one in page.rows}
    mapped = {int(field) for columns in config.custom_fields.values() for field in columns.values()}
    for what, named, there in (
        ("pipelines", {*config.lead_pipelines}, {pipeline["id"] for pipeline in pipelines}),
        ("stages", {*config.qualified_stages, *config.post_won_stages}, stages),
        ("custom fields", mapped, fields),
    ):
        unknown = ", ".join(map(str, sorted(named - there)))
        found = f"{len(there):,} there, {len(named):,} named in the config"
        if unknown:
            found += f", the account does not have {unknown}"
        yield Finding(f"{name} {what}", found, not unknown)


def _pages(amo: AmocrmApi, path: str, asked: dict[str, Any]) -> int:
    """The number of pages of a list, which the vendor does not give: found with doubling steps,
    then by binary search."""

    def is_there(page: int) -> bool:
        return bool(amo.page(path, path.rpartition("/")[2], **asked, page=page).rows)

    beyond = 1
    while is_there(beyond):
        beyond *= 2
    there = beyond // 2
    while beyond - there > 1:
        middle = (there + beyond) // 2
        there, beyond = (middle, beyond) if is_there(middle) else (there, middle)
    return there
