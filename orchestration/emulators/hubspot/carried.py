"""The rows of the company as HubSpot returns them, with its ids and only the data that it has, in
SQL."""

from collections.abc import Callable

from orchestration.emulators.hubspot.numbers import (
    LEAD_PIPELINE,
    call_id,
    company_id,
    contact_id,
    deal_id,
    lead_id,
    pipeline_id,
    stage_id,
    user_id,
)
from orchestration.emulators.hubspot.roots import LEFT, ROOTS, modified, root
from orchestration.emulators.hubspot.written import MESSAGES, TASKS

CHANGED = "2026-01-01 00:00:00"

# An archived deal has no associations.
_LINKS = f"""
    select {root("pairs.deal_id")} as deal_id, {root("pairs.lead_id")} as lead_id
    from (
        select deal_id, lead_id from deals union select deal_id, lead_id from leads
    ) as pairs
    inner join deals on deals.deal_id = {root("pairs.deal_id")} and not deals.is_deleted
    where pairs.lead_id is not null
"""

_MOVES = f"""
    with moves as (
        from stage_events
        where from_stage_id is distinct from to_stage_id and deal_id {LEFT}
    ),
    begun as (
        select deal_id, arg_min(from_stage_id, sequence) as stage_id, min(changed_at) as moved_at
        from moves group by deal_id
    )
    select
        deals.deal_id, coalesce(begun.stage_id, deals.stage_id) as to_stage_id,
        least(deals.created_at, begun.moved_at) as changed_at, null as changed_by, 0 as sequence
    from deals left join begun using (deal_id)
    where deals.deal_id {LEFT}
    union all
    select deal_id, to_stage_id, changed_at, changed_by, sequence from moves
"""

# The rows of the company as HubSpot returns them, with its ids and only the data that it has.
RENAMED = {
    "users": f"""
        select
            {user_id("user_id")} as user_id, name, email, team, is_active,
            timestamp '{CHANGED}' as updated_at
        from users
    """,
    "stages": f"""
        select
            {pipeline_id("pipeline_id")} as pipeline_id, pipeline_name,
            {stage_id("stage_id")} as stage_id, semantics, is_deleted,
            if(is_deleted, 'Stage ' || {stage_id("stage_id")}, stage_name) as stage_name,
            if(is_deleted, 0, stage_order) as stage_order,
            if(is_deleted, null, probability) as probability,
            if(is_deleted, null, timestamp '{CHANGED}') as updated_at
        from stages
    """,
    "deals": f"""
        with linked as (
            select deal_id, min({lead_id("lead_id")}) as lead_id from ({_LINKS}) group by deal_id
        )
        select
            {deal_id("deals.deal_id")} as deal_id,
            {pipeline_id("pipeline_id")} as pipeline_id, {stage_id("stage_id")} as stage_id,
            {user_id("owner_id")} as owner_id,
            if(is_deleted, null, {contact_id(root("contact_id"))}) as contact_id,
            if(is_deleted, null, {company_id("company_id")}) as company_id,
            linked.lead_id, status, currency, product,
            if(status = 'lost', lost_reason, null) as lost_reason,
            amount, cost, is_deleted, is_test, created_at,
            if(status = 'open', null, closed_at) as closed_at,
            if(status = 'open', expected_close_on, null) as expected_close_on,
            {modified("deals.deal_id")} as updated_at
        from deals left join linked using (deal_id)
        where deals.deal_id {LEFT}
    """,
    "stage_events": f"""
        select
            {deal_id("deal_id")} as deal_id, null as lead_id,
            lag({stage_id("to_stage_id")}) over of_deal as from_stage_id,
            {stage_id("to_stage_id")} as to_stage_id,
            {pipeline_id("to_stage_id")} as pipeline_id,
            {user_id("changed_by")} as changed_by, changed_at,
            row_number() over of_deal as sequence
        from ({_MOVES})
        window of_deal as (partition by deal_id order by changed_at, sequence)
    """,
    "contacts": f"""
        select
            {contact_id("contact_id")} as contact_id, {company_id("company_id")} as company_id,
            name, phones, emails, messengers, segment, city, country, created_at,
            {modified("contact_id")} as updated_at
        from contacts
        where contact_id {LEFT}
    """,
    "merges": f"""
        select
            entity,
            case entity
                when 'contacts' then {contact_id("loser_id")}
                when 'deals' then {deal_id("loser_id")} else {lead_id("loser_id")}
            end as loser_id,
            case entity
                when 'contacts' then {contact_id("survivor_id")}
                when 'deals' then {deal_id("survivor_id")} else {lead_id("survivor_id")}
            end as survivor_id,
            if(entity = 'contacts', null, merged_at) as merged_at
        from ({ROOTS})
    """,
    "leads": f"""
        with linked as (
            select
                links.lead_id, min({deal_id("links.deal_id")}) as deal_id,
                min(deals.created_at) as converted_at
            from ({_LINKS}) as links inner join deals using (deal_id)
            group by links.lead_id
        )
        select
            leads.* replace (
                {lead_id("leads.lead_id")} as lead_id,
                {contact_id(root("leads.contact_id"))} as contact_id,
                {user_id("owner_id")} as owner_id,
                linked.deal_id as deal_id,
                linked.converted_at as converted_at,
                case
                    when linked.deal_id is not null then 'converted'
                    when status = 'junk' then 'junk'
                    when qualified_at is not null then 'qualified' else 'in_work'
                end as status,
                if(status = 'junk', junk_reason, null) as junk_reason,
                {modified("leads.lead_id")} as updated_at
            ),
            status as own_status
        from leads left join linked using (lead_id)
        where leads.lead_id {LEFT}
    """,
    "calls": f"""
        select
            {call_id("call_id")} as call_id, {user_id("user_id")} as user_id, direction,
            coalesce(result, if(talk_seconds > 0, 'answered', null)) as result,
            client_phone, line_phone, talk_seconds, recording_url, started_at, updated_at,
            {lead_id(root("lead_id"))} as lead_id,
            (
                select {deal_id("deals.deal_id")} from deals
                where deals.deal_id = {root("calls.deal_id")} and not deals.is_deleted
            ) as deal_id,
            coalesce(session_id, call_id) as session_id
        from calls
        where direction != 'internal'
    """,
    "messages": MESSAGES,
    "tasks": TASKS,
}


def call_links(session_id: Callable[[str], str]) -> str:
    """SQL of the objects of calls, by the session id of telephony."""
    return f"""
        select
            {session_id("session_id")} as session_id, min(lead_id) as lead_id,
            min(deal_id) as deal_id, max(updated_at) as updated_at
        from ({RENAMED["calls"]}) group by session_id
    """


def own(session: str) -> str:
    """The id of a session if telephony has the ids of the company."""
    return session


RENAMED["call_links"] = call_links(own)

# Columns that HubSpot does not have, and why.
NOT_CARRIED = {
    "users": {
        "phone_ext": "telephony has it",
        "department": "it has teams, and no units above them",
        "role": "an owner has no role",
        "hired_on": "not in the API",
        "left_on": "it has who left, and not when",
    },
    "stage_events": {"updated_at": "an event does not change"},
    "merges": {"updated_at": "a merge does not change"},
    "calls": dict.fromkeys(
        (
            *("leg_no", "user_email", "phone_ext", "queue_seconds", "ring_seconds"),
            *("answered_at", "ended_at"),
        ),
        "a logged call has only the talk, not the call before it",
    ),
    "messages": dict.fromkeys(("phone", "email"), "not requested"),
}
# Additional rows: inquiries have stages here and none in the company.
BESIDES = {
    "stages": f"pipeline_id = '{LEAD_PIPELINE}'",
    "stage_events": "deal_id is null",
}
