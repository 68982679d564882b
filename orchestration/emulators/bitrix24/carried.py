"""The rows of the company as Bitrix24 returns them, with its ids and only the data that it has, in
SQL."""

from collections.abc import Callable

from orchestration.emulators.bitrix24.activities import MESSAGES, TASKS
from orchestration.emulators.bitrix24.numbers import number, pipeline_id, stage_id


def merged(entity: str) -> str:
    return f"(select loser_id from merges where entity = '{entity}')"


_THERE = f"not coalesce(is_deleted, false) and deal_id not in {merged('deals')}"

# All stages that any deal ever had, ordered by the ids of the portal. A later id is a later entry,
# so the earlier state of the company has the first ones.
_ENTRIES = """
    with first_events as (
        select deal_id, min_by(from_stage_id, (changed_at, sequence)) as stage_id
        from now.stage_events group by deal_id
    ),
    entries as (
        select deal_id, changed_at, sequence, to_stage_id as stage_id, false as is_first
        from stage_events
        union all
        select
            deal_id, created_at, -1, coalesce(first_events.stage_id, deals.stage_id), true
        from deals left join first_events using (deal_id)
    )
    select *, row_number() over (order by changed_at, sequence, deal_id) as id from entries
"""

# The rows of the company as Bitrix24 returns them, with its ids and only the data that it has.
RENAMED = {
    "users": f"""
        select
            {number("user_id")} as user_id, name, email, phone_ext, team, department, role,
            is_active, hired_on
        from users
    """,
    "stages": f"""
        select
            {pipeline_id("pipeline_id")} as pipeline_id, pipeline_name,
            {stage_id("stage_id")} as stage_id, semantics,
            if(is_deleted, 'Stage ' || {stage_id("stage_id")}, stage_name) as stage_name,
            if(is_deleted, 0, 10 * stage_order + if(semantics = 'post_won', 100000, 0))
                as stage_order,
            is_deleted
        from stages
    """,
    "leads": f"""
        with made as (
            select lead_id, min_by(deal_id, (created_at, deal_id)) as first_deal_id
            from deals where {_THERE} group by lead_id
        )
        select leads.* replace (
            {number("leads.lead_id")} as lead_id, {number("contact_id")} as contact_id,
            {number("owner_id")} as owner_id, {number("made.first_deal_id")} as deal_id,
            if(status = 'junk', junk_reason, null) as junk_reason
        )
        from leads left join made on leads.lead_id = made.lead_id
        where leads.lead_id not in {merged("leads")}
    """,
    "deals": f"""
        select
            {number("deal_id")} as deal_id,
            {pipeline_id("pipeline_id")} as pipeline_id, {stage_id("stage_id")} as stage_id,
            {number("owner_id")} as owner_id, {number("contact_id")} as contact_id,
            {number("company_id")} as company_id, {number("lead_id")} as lead_id,
            status, currency, if(status = 'lost', lost_reason, null) as lost_reason, product,
            nullif(amount, 0) as amount, cost, false as is_deleted, is_test, created_at,
            if(stage_id = 'b2b_delivered', null, closed_at) as closed_at,
            if(
                status = 'open', coalesce(expected_close_on, cast(created_at as date) + 7), null
            ) as expected_close_on,
            updated_at
        from deals where {_THERE}
    """,
    "stage_events": f"""
        with there as (select deal_id from deals where {_THERE})
        select
            {number("deal_id")} as deal_id, null as lead_id,
            lag({stage_id("stage_id")}) over path as from_stage_id,
            {stage_id("stage_id")} as to_stage_id, {pipeline_id("stage_id")} as pipeline_id,
            changed_at, row_number() over path as sequence, id, is_first
        from ({_ENTRIES}) semi join there using (deal_id)
        window path as (partition by deal_id order by changed_at, sequence)
    """,
    "contacts": f"""
        select
            {number("contact_id")} as contact_id, {number("company_id")} as company_id,
            name, phones, emails, messengers, segment, city, country, created_at,
            coalesce(updated_at, created_at) as updated_at
        from contacts where contact_id not in {merged("contacts")}
    """,
    "messages": MESSAGES,
    "tasks": TASKS,
}


def calls(session_id: Callable[[str], str]) -> str:
    """SQL of the calls of the statistics, by the session ids of telephony."""
    return f"""
        with calls as (
            select *, row_number() over (order by started_at, call_id) as id
            from calls where direction != 'internal'
        )
        select
            cast(id as varchar) as call_id,
            {session_id("coalesce(session_id, call_id)")} as session_id,
            row_number() over (
                partition by coalesce(session_id, call_id) order by started_at, id
            ) as leg_no,
            direction, coalesce(result, 'answered') as result, {number("user_id")} as user_id,
            {number("lead_id")} as lead_id, {number("deal_id")} as deal_id,
            client_phone, line_phone, recording_url, talk_seconds, started_at, ring_seconds
        from calls
    """


def call_links(session_id: Callable[[str], str]) -> str:
    return f"""
        select session_id, min(lead_id) as lead_id, min(deal_id) as deal_id
        from ({calls(session_id)}) where coalesce(lead_id, deal_id) is not null group by session_id
    """


def own(session: str) -> str:
    """The id of a session if telephony has the ids of the company."""
    return session


RENAMED["calls"] = calls(own)
RENAMED["call_links"] = call_links(own)

# Columns that Bitrix24 does not have, and why.
NOT_CARRIED = {
    "users": {
        "left_on": "not in the API",
        "updated_at": "not in the API",
    },
    "stages": {"probability": "it has none", "updated_at": "not in the API"},
    "stage_events": {
        "changed_by": "not in the history",
        "updated_at": "an entry does not change",
    },
    "calls": dict.fromkeys(
        (
            *("user_email", "phone_ext", "queue_seconds", "ring_seconds", "answered_at"),
            *("ended_at", "updated_at"),
        ),
        "the statistics have ids of users and the talk only",
    ),
    "call_links": {"updated_at": "not in the statistics"},
    "messages": dict.fromkeys(("thread_id", "phone", "email"), "not requested"),
}
# Additional rows: inquiries have stages here and none in the company.
BESIDES = {
    "stages": "pipeline_id in ('STATUS', '0')",
    "stage_events": "deal_id is null",
}
