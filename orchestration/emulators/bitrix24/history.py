"""The stage history of deals and leads."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from orchestration.emulators.bitrix24.carried import RENAMED, merged
from orchestration.emulators.bitrix24.numbers import number
from orchestration.emulators.bitrix24.values import iso
from orchestration.emulators.company import Company

# The stage changes of leads; the demo company has only their times.
_LEAD_ENTRIES = """
    with entries as (
        select lead_id, created_at as changed_at, 1 as step, 'NEW' as stage, 'P' as semantics
        from leads
        union all
        select lead_id, qualified_at, 2, 'UC_GOOD1', 'P' from leads where qualified_at is not null
        union all
        select lead_id, converted_at, 3, 'CONVERTED', 'S' from leads
        where converted_at is not null
        union all
        select lead_id, created_at, 3, coalesce('UC_' || upper(junk_reason), 'JUNK'), 'F'
        from leads where status = 'junk'
    )
    select *, row_number() over (order by changed_at, step, lead_id) as id from entries
"""


def of_deals(company: Company) -> Iterator[dict[str, Any]]:
    for row in company.rows(RENAMED["stage_events"]):
        end = {"WON": "S", "LOSE": "F"}.get(row["to_stage_id"].partition(":")[2], "P")
        yield _entry(row["id"], row["deal_id"], row["changed_at"], row["is_first"]) | {
            "CATEGORY_ID": row["pipeline_id"],
            "STAGE_SEMANTIC_ID": end,
            "STAGE_ID": row["to_stage_id"],
        }


def of_leads(company: Company) -> Iterator[dict[str, Any]]:
    there = f"lead_id not in {merged('leads')}"
    for row in company.rows(
        f"select *, {number('lead_id')} as card from ({_LEAD_ENTRIES}) where {there}"
    ):
        yield _entry(row["id"], row["card"], row["changed_at"], row["step"] == 1) | {
            "STATUS_SEMANTIC_ID": row["semantics"],
            "STATUS_ID": row["stage"],
        }


def _entry(id_: int, card: str, at: datetime, is_first: bool) -> dict[str, Any]:
    # The documents show numbers, portals return texts.
    return {
        "ID": f"{id_}",
        "TYPE_ID": "1" if is_first else "2",
        "OWNER_ID": card,
        "CREATED_TIME": iso(at),
    }
