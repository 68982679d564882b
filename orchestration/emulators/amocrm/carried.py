"""The rows of the company as amoCRM returns them, with its ids and only the data that it has, in
SQL."""

from collections.abc import Callable

from orchestration.emulators.amocrm.numbers import (
    LEAD_PIPELINE,
    LOST,
    NEW,
    QUALIFIED,
    WON,
    company_id,
    contact_id,
    deal_id,
    lead_id,
    pipeline_id,
    stage_id,
    user_id,
)
from orchestration.emulators.amocrm.written import MESSAGES, TASKS

# The deals, including those in the trash.
DEAL_CARDS = f"""
    select
        {deal_id("deal_id")} as deal_id,
        {pipeline_id("pipeline_id")} as pipeline_id, {stage_id("stage_id")} as stage_id,
        {user_id("owner_id")} as owner_id, {contact_id("contact_id")} as contact_id,
        {company_id("company_id")} as company_id, {lead_id("lead_id")} as lead_id,
        status, currency, if(status = 'lost', lost_reason, null) as lost_reason, product,
        nullif(amount, 0) as amount, cost, is_deleted, is_test, created_at,
        if(stage_id = 'b2b_delivered', null, closed_at) as closed_at,
        expected_close_on, updated_at
    from deals
    where deal_id not in (select loser_id from merges)
"""

# Of deals that were deleted before the first night, the trash has only the deletion.
RENAMED = {
    "users": f"""
        with named as (
            select owner_id as id from deals
            where not coalesce(is_deleted, false)
                and deal_id not in (select loser_id from merges)
            union
            select owner_id from leads where lead_id not in (select loser_id from merges)
            union
            select changed_by from stage_events
        )
        select
            {user_id("user_id")} as user_id, is_active,
            if(is_active, name, 'User ' || {user_id("user_id")}) as name,
            if(is_active, email, null) as email, if(is_active, team, null) as team,
            if(is_active, role, null) as role
        from users
        where is_active or user_id in (select id from named)
    """,
    "stages": f"""
        select
            {pipeline_id("pipeline_id")} as pipeline_id, pipeline_name,
            {stage_id("stage_id")} as stage_id, semantics,
            if(is_deleted, 'Stage ' || {stage_id("stage_id")}, stage_name) as stage_name,
            case
                when is_deleted then 0 when semantics = 'won' then 10000
                when semantics = 'lost' then 11000
                else 10 * stage_order + if(semantics = 'post_won', 20000, 0)
            end as stage_order,
            is_deleted
        from stages
    """,
    "deals": f"""
        select * replace (false as is_deleted)
        from ({DEAL_CARDS}) where not coalesce(is_deleted, false)
    """,
    "stage_events": f"""
        select
            {deal_id("deal_id")} as deal_id, null as lead_id,
            {stage_id("from_stage_id")} as from_stage_id,
            {stage_id("to_stage_id")} as to_stage_id,
            {pipeline_id("to_stage_id")} as pipeline_id,
            {pipeline_id("from_stage_id")} as from_pipeline_id,
            {user_id("changed_by")} as changed_by, changed_at,
            row_number() over (partition by deal_id order by changed_at, sequence) as sequence
        from stage_events
    """,
    "contacts": f"""
        select
            {contact_id("contact_id")} as contact_id, {company_id("company_id")} as company_id,
            name, phones, emails, messengers, segment, city, country, created_at,
            coalesce(updated_at, created_at) as updated_at
        from contacts
        where contact_id not in (select loser_id from merges)
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
            merged_at
        from merges
    """,
    "leads": f"""
        select * replace (
            {lead_id("lead_id")} as lead_id, {contact_id("contact_id")} as contact_id,
            {user_id("owner_id")} as owner_id, {deal_id("deal_id")} as deal_id,
            if(status = 'junk', junk_reason, null) as junk_reason
        )
        from leads
        where lead_id not in (select loser_id from merges)
    """,
}
RENAMED |= {"messages": MESSAGES, "tasks": TASKS}
# A call is a note of one card; a merged card counts as a deal. A call without a card is a note of
# the client, a contact or a company.
RENAMED["calls"] = f"""
    with noted as (
        select
            *,
            deal_id is null and lead_id not in (select loser_id from merges) as is_lead,
            coalesce({deal_id("deal_id")}, {lead_id("lead_id")}) as card_id,
            coalesce(session_id, call_id) as session,
            case
                when card_id is not null then 'leads'
                when ends_with(client_phone, '3') then 'companies' else 'contacts'
            end as noted_at
        from calls
        where direction != 'internal'
    )
    select
        cast(row_number() over (order by call_id) as varchar) as call_id,
        if(result = 'abandoned', 'missed', coalesce(result, 'answered')) as result,
        {user_id("user_id")} as user_id,
        if(is_lead, card_id, null) as lead_id, if(is_lead, null, card_id) as deal_id,
        card_id, noted_at, direction, client_phone, recording_url, talk_seconds, started_at,
        updated_at, session as session_id
    from noted
"""


def call_links(session_id: Callable[[str], str]) -> str:
    """SQL of the cards of calls, by the session id of telephony."""
    return f"""
        select
            {session_id("session_id")} as session_id, min(lead_id) as lead_id,
            min(deal_id) as deal_id, max(updated_at) as updated_at
        from ({RENAMED["calls"]}) where card_id is not null group by all
    """


def own(session: str) -> str:
    """The id of a session if telephony has the ids of the company."""
    return session


RENAMED["call_links"] = call_links(own)

# Columns that amoCRM does not have, and why.
NOT_CARRIED = {
    "users": {
        "phone_ext": "telephony has it",
        "department": "it has groups, and no units above them",
        "hired_on": "not in the API",
        "left_on": "not in the API, and the list has no users who left",
        "updated_at": "not in the API",
    },
    "stages": {"probability": "it has none", "updated_at": "not in the API"},
    "stage_events": {"updated_at": "an event does not change"},
    "merges": {"updated_at": "an event does not change"},
    "calls": dict.fromkeys(
        (
            *("session_id", "leg_no", "user_email", "phone_ext", "line_phone"),
            *("queue_seconds", "ring_seconds", "answered_at", "ended_at"),
        ),
        "a note has only the talk, not the call before it",
    ),
    "messages": dict.fromkeys(("phone", "email", "updated_at"), "not in an event"),
}
# Additional rows: inquiries have stages here and none in the company. The survivor of a merge may
# have been merged itself: then the loser may be an inquiry or a deal, and there is a row for each.
BESIDES = {
    "stages": f"pipeline_id = '{LEAD_PIPELINE}' or stage_name = 'Incoming'",
    "stage_events": "deal_id is null",
    "merges": """
        entity = 'leads'
        and survivor_id in (select loser_id from landing.merges where entity = 'deals')
    """,
}

LEAD_CARDS = f"""
    select
        *, {LEAD_PIPELINE} as pipeline_id,
        case status
            when 'converted' then {WON} when 'junk' then {LOST}
            when 'qualified' then {QUALIFIED} else {NEW}
        end as stage_id,
        coalesce(converted_at, if(status = 'junk', created_at, null)) as closed_at,
        null as amount, null as company_id, false as is_deleted, junk_reason as lost_reason
    from ({RENAMED["leads"]})
"""

# The stage changes of inquiries; the demo company has only their times.
LEAD_MOVES = f"""
    with leads as (from ({RENAMED["leads"]}))
    select lead_id as card, {NEW} as before, {QUALIFIED} as after, qualified_at as at, owner_id
    from leads where qualified_at is not null
    union all
    select
        lead_id, if(qualified_at is null, {NEW}, {QUALIFIED}), {WON}, converted_at, owner_id
    from leads where converted_at is not null
    union all
    select lead_id, {NEW}, {LOST}, created_at, owner_id from leads where status = 'junk'
"""
