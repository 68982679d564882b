"""docs/vendor-limits.md lists what the vendors cannot carry of the demo company: all of it, and
nothing else; and for each request the document that it follows."""

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from orchestration.core.entities import ENTITIES
from orchestration.emulators import bitrix24, uis
from orchestration.emulators.company import Company
from orchestration.emulators.suite import ADS, CALLS, CRM, Service

PAGE = Path(__file__).parents[2] / "docs" / "vendor-limits.md"

# Everywhere but in the company a call without further legs has a session too.
_SESSION = "coalesce(session_id, call_id)"
# A deal may come to a stage twice at once.
_TURN = "row_number() over (partition by deal_id, changed_at, to_stage_id order by sequence)"


class Pair(NamedTuple):
    """Queries of the company's own rows of an entity, under the ids of a vendor, and of those that
    come (None: of no such entity). `key`: the columns that tell which row is which."""

    entity: str
    own: str
    came: str | None
    key: tuple[str, ...]


def of_crm(crm: ModuleType) -> Iterator[Pair]:
    def merged(column: str) -> str:
        return f"""
            case entity
                when 'contacts' then {crm.contact_id(column)}
                when 'deals' then {crm.deal_id(column)} else {crm.lead_id(column)}
            end
        """

    ids = {
        **{"user_id": crm.user_id, "owner_id": crm.user_id, "changed_by": crm.user_id},
        **{"pipeline_id": crm.pipeline_id, "stage_id": crm.stage_id},
        **{"from_stage_id": crm.stage_id, "to_stage_id": crm.stage_id},
        **{"deal_id": crm.deal_id, "lead_id": crm.lead_id, "contact_id": crm.contact_id},
        **{"company_id": crm.company_id, "loser_id": merged, "survivor_id": merged},
        **{"message_id": crm.message_id, "task_id": crm.task_id},
    }

    def own(entity: str, source: str) -> str:
        names = [name for name in ENTITIES[entity].column_names if name in ids]
        renamed = ", ".join(f"{ids[name](name)} as {name}" for name in names)
        return f"select * replace ({renamed}) from {source}"

    for entity in (
        *("users", "stages", "leads", "deals", "contacts", "merges", "messages", "tasks"),
    ):
        yield Pair(entity, own(entity, entity), crm.RENAMED.get(entity), ENTITIES[entity].key)
    yield Pair(
        "stage_events",
        f"select *, {_TURN} as turn from ({own('stage_events', 'stage_events')})",
        f"select *, {_TURN} as turn from ({crm.RENAMED['stage_events']})",
        ("deal_id", "changed_at", "to_stage_id", "turn"),
    )
    yield Pair(
        "calls",
        own("calls", f"(select *, {_SESSION} as session from calls)"),
        f"select *, session_id as session from ({crm.RENAMED['calls']})",
        ("session", "started_at"),
    )
    links = f"""(
        select
            {_SESSION} as session_id, min(lead_id) as lead_id, min(deal_id) as deal_id,
            max(updated_at) as updated_at
        from calls where coalesce(lead_id, deal_id) is not null group by 1
    )"""
    yield Pair("call_links", own("call_links", links), crm.RENAMED["call_links"], ("session_id",))


def of_telephony(telephony: ModuleType) -> Iterator[Pair]:
    own = f"""
        select
            * replace ({telephony.session_id("session_id")} as session_id),
            {telephony.session_id(_SESSION)} as session, coalesce(leg_no, 1) as leg
        from calls
    """
    came = f"select *, session_id as session, leg_no as leg from ({telephony.RENAMED['calls']})"
    yield Pair("calls", own, came, ("session", "leg"))


def of_ads(ads: ModuleType) -> Iterator[Pair]:
    yield Pair("ad_stats", ads.OWN, ads.RENAMED["ad_stats"], ENTITIES["ad_stats"].key)


def differing(company: Company, pair: Pair, not_carried: set[str]) -> set[str]:
    """The columns in which some row comes otherwise, and `rows` where others come."""
    for query in (pair.own, pair.came):
        keys = f"select {', '.join(pair.key)} from ({query}) group by all having count(*) > 1"
        assert company.rows(keys) == []
    carried = {row["column_name"] for row in company.rows(f"describe {pair.came}")} - not_carried
    values = {
        name: f"came.{name}" if name in carried else "null"
        for name in ENTITIES[pair.entity].column_names
        # Calls are numbered by each vendor itself.
        if name != "call_id"
    }
    columns = ", ".join(
        f"bool_or(own.{name} is distinct from {value}) filter (is_own and is_there) as {name}"
        for name, value in values.items()
    )
    same = " and ".join(f"own.{name} is not distinct from came.{name}" for name in pair.key)
    (found,) = company.rows(
        f"""
        with own as (select *, true as is_own from ({pair.own})),
        came as (select *, true as is_there from ({pair.came}))
        select bool_or(is_own is null or is_there is null) as rows, {columns}
        from own full join came on {same}
        """
    )
    return {name for name, differs in found.items() if differs}


def differences(
    company: Company, vendor: str, module: ModuleType, pairs: Callable[[ModuleType], Iterator[Pair]]
) -> Iterator[tuple[str, str, str]]:
    """The exceptions of a vendor, as a line of the page names them."""
    for pair in pairs(module):
        not_carried = module.NOT_CARRIED.get(pair.entity, {}).keys()
        names = differing(company, pair, not_carried) if pair.came else {"rows"}
        if pair.entity in getattr(module, "BESIDES", {}):
            names.add("rows")
        yield from ((vendor, pair.entity, name) for name in names)


def tables() -> list[list[list[str]]]:
    """The cells of the page's tables, line by line, without their heads."""
    found: list[list[list[str]]] = []
    is_inside = False
    for line in PAGE.read_text().splitlines():
        if line.startswith("|") and not is_inside:
            found.append([])
        is_inside = line.startswith("|")
        if is_inside:
            found[-1].append(line.strip("| ").split(" | "))
    return [lines for _head, _rule, *lines in found]


def test_the_page_lists_what_comes_otherwise_and_nothing_else():
    # Of this size it has deals that were deleted or merged, even twice.
    company = Company(0.1)
    found = [
        one
        for kind, pairs in ((CRM, of_crm), (CALLS, of_telephony), (ADS, of_ads))
        for vendor, (module, *_) in kind.items()
        for one in differences(company, vendor, module, pairs)
    ]
    listed = [
        (vendor, entity, column)
        for vendor, entity, columns, _ in tables()[0]
        for column in columns.split(", ")
    ]
    assert sorted(listed) == sorted(found)


def requests_of(service: Service) -> Iterator[str]:
    """What an emulator answers, as the page names it; the routes of all other paths refuse."""
    for route in service.app.routes:
        if not any(part in route.path for part in ("{method}", "{path:path}", "/v2.0")):
            (method,) = route.methods - {"HEAD"}
            yield f"{method} {route.path}".replace(":int}", "}")


def test_every_request_names_the_document_it_follows_and_when_it_was_read():
    documents = tables()[1]
    followed = {(vendor, request.strip("`")) for vendor, request, *_ in documents}
    assert len(followed) == len(documents)
    for _, _, document, last_read in documents:
        assert document.startswith("<https://") and document.endswith(">")
        date.fromisoformat(last_read)
    company = Company(0.01)
    answered = {
        (vendor, request)
        for kind, more in ((CRM, [lambda name: name]), (CALLS, []), (ADS, []))
        for vendor, (module, service, *_) in kind.items()
        for request in requests_of(service(company, time.monotonic, *more))
    }
    answered |= {("bitrix24", method) for method in bitrix24.Bitrix24(company).methods}
    answered |= {("uis", method) for method in uis.METHODS}
    assert answered == followed
