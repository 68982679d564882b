"""The messages and tasks of the portal, which are activities of cards and contacts, with texts for
whoever requests them."""

from collections.abc import Iterator
from typing import Any

from orchestration.emulators.bitrix24.numbers import (
    contact_id,
    deal_id,
    lead_id,
    message_id,
    task_id,
    user_id,
)
from orchestration.emulators.bitrix24.values import iso
from orchestration.emulators.company import Company

# What a text contains that nobody may request.
PRIVATE = "between-you-and-me"

_OWNER = f"""
    case
        when deal_id is not null then '2' when lead_id is not null then '1'
        when contact_id is not null then '3'
    end as owner_type,
    coalesce({deal_id("deal_id")}, {lead_id("lead_id")}, {contact_id("contact_id")}) as owner,
    {deal_id("deal_id")} as deal_id,
    if(deal_id is null, {lead_id("lead_id")}, null) as lead_id,
    if(coalesce(deal_id, lead_id) is null, {contact_id("contact_id")}, null) as contact_id
"""

# A talk of an open line is one activity, which begins with its first message.
MESSAGES = f"""
    with beginnings as (
        select * from messages
        where direction != 'internal' and channel in ('chat', 'messenger')
        qualify row_number() over (partition by thread_id order by sent_at, message_id) = 1
    ),
    written as (
        from messages where direction != 'internal' and channel in ('email', 'sms')
        union all by name
        select * replace ('chat' as channel) from beginnings
    )
    select
        {message_id("message_id")} as message_id, sent_at, direction, channel,
        {user_id("user_id")} as user_id, {_OWNER}, is_automatic,
        coalesce(updated_at, sent_at) as updated_at
    from written
    where coalesce(deal_id, lead_id, contact_id) is not null
"""

TASKS = f"""
    select
        {task_id("task_id")} as task_id, created_at, due_at,
        if(completed_at is null, null, updated_at) as completed_at,
        if(kind = 'meeting', 'CRM_MEETING', 'CRM_TODO') as kind,
        {user_id("user_id")} as user_id, {_OWNER}, false as is_deleted, updated_at,
        completed_at as done_at
    from tasks
    where not is_deleted
"""

_PROVIDERS = {"email": "CRM_EMAIL", "sms": "CRM_SMS", "chat": "IMOPENLINES_SESSION"}


def messages(company: Company) -> Iterator[dict[str, Any]]:
    for row in company.rows(MESSAGES):
        yield _activity(row, row["message_id"], row["sent_at"]) | {
            "PROVIDER_ID": _PROVIDERS[row["channel"]],
            "DIRECTION": "1" if row["direction"] == "in" else "2",
            "AUTHOR_ID": "0" if row["is_automatic"] else row["user_id"] or "1",
            "COMPLETED": "N",
            "DEADLINE": None,
        }


def tasks(company: Company) -> Iterator[dict[str, Any]]:
    for row in company.rows(TASKS):
        done_at = row["done_at"]
        is_done = done_at is not None and done_at.date() < company.today
        yield _activity(row, row["task_id"], row["created_at"]) | {
            "PROVIDER_ID": row["kind"],
            "DIRECTION": "0",
            "AUTHOR_ID": row["user_id"],
            "COMPLETED": "Y" if is_done else "N",
            "DEADLINE": iso(row["due_at"]) if row["due_at"] else "9999-12-31T00:00:00+03:00",
        }


def _activity(row: dict[str, Any], id_: str, created_at: Any) -> dict[str, Any]:
    return {
        "ID": id_,
        "OWNER_TYPE_ID": row["owner_type"] or "0",
        "OWNER_ID": row["owner"] or "0",
        "RESPONSIBLE_ID": row["user_id"] or "0",
        "SUBJECT": PRIVATE,
        "DESCRIPTION": PRIVATE,
        "CREATED": iso(created_at),
        "LAST_UPDATED": iso(row["updated_at"]),
    }
