"""The messages and tasks of the company as HubSpot returns them, in SQL."""

from orchestration.emulators.hubspot.numbers import (
    contact_id,
    deal_id,
    lead_id,
    message_id,
    task_id,
    user_id,
)
from orchestration.emulators.hubspot.roots import root


def _linked(entity: str) -> str:
    """The associated records; an archived deal has no associations."""
    return f"""
        {contact_id(root(f"{entity}.contact_id"))} as contact_id,
        {lead_id(root(f"{entity}.lead_id"))} as lead_id,
        (
            select {deal_id("deals.deal_id")} from deals
            where deals.deal_id = {root(f"{entity}.deal_id")} and not deals.is_deleted
        ) as deal_id
    """


# Messages between colleagues are not logged.
MESSAGES = f"""
    select
        {message_id("message_id")} as message_id, sent_at, direction, channel,
        if(channel = 'email', thread_id, null) as thread_id, {user_id("user_id")} as user_id,
        {_linked("messages")}, coalesce(is_automatic, false) as is_automatic,
        coalesce(updated_at, sent_at) as updated_at
    from messages
    where direction != 'internal'
"""

# An archived task has no associations.
TASKS = f"""
    with linked as (
        select tasks.* exclude (contact_id, lead_id, deal_id), {_linked("tasks")} from tasks
    )
    select
        {task_id("task_id")} as task_id, created_at, due_at, completed_at,
        case kind when 'call' then 'CALL' when 'email' then 'EMAIL' else 'TODO' end as kind,
        {user_id("user_id")} as user_id, coalesce(is_deleted, false) as is_deleted,
        if(is_deleted, null, contact_id) as contact_id, if(is_deleted, null, lead_id) as lead_id,
        if(is_deleted, null, deal_id) as deal_id, updated_at
    from linked
"""
