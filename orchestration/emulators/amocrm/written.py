"""The messages and tasks of the company as amoCRM returns them, in SQL."""

from orchestration.emulators.amocrm.numbers import (
    contact_id,
    deal_id,
    lead_id,
    message_id,
    task_id,
    user_id,
)

_CARD = f"""
    deal_id is null and lead_id not in (select loser_id from merges) as is_lead,
    coalesce({deal_id("deal_id")}, {lead_id("lead_id")}) as card_id,
    {contact_id("contact_id")} as own_contact_id
"""

# A message is an event of its card, some also of the contact; without a card it is one of the
# contact.
MESSAGES = f"""
    with written as (
        select
            * exclude (contact_id), {_CARD},
            if(card_id is null or hash(message_id) % 3 = 0, own_contact_id, null) as contact_id
        from messages
    )
    select
        {message_id("message_id")} as message_id, sent_at, direction,
        if(direction = 'internal', 'comment', channel) as channel,
        if(
            channel in ('chat', 'messenger') and direction != 'internal',
            cast(cast(substr(thread_id, 2) as bigint) as varchar), null
        ) as thread_id,
        if(direction = 'in', null, {user_id("user_id")}) as user_id, contact_id,
        if(is_lead, card_id, null) as lead_id, if(is_lead, null, card_id) as deal_id, card_id,
        direction = 'out' and user_id is null as is_automatic
    from written
    where card_id is not null or contact_id is not null
"""

# All tasks; the account lists no deleted ones. A task belongs to one card or contact.
ALL_TASKS = f"""
    with planned as (select * exclude (contact_id), {_CARD} from tasks)
    select
        {task_id("task_id")} as task_id, created_at, due_at, completed_at, kind,
        {user_id("user_id")} as user_id, card_id,
        if(is_lead, card_id, null) as lead_id, if(is_lead, null, card_id) as deal_id,
        if(card_id is null, own_contact_id, null) as contact_id,
        coalesce(is_deleted, false) as is_deleted, updated_at
    from planned
"""

TASKS = f"from ({ALL_TASKS}) where not is_deleted"
