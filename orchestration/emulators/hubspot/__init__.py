"""HubSpot: objects have one shape, lists are ordered by id, the search has no history, sorts ids as
text and may return half a page, associations occur twice, and archived objects have a separate
list."""

from orchestration.emulators.hubspot.activities import PRIVATE
from orchestration.emulators.hubspot.carried import BESIDES, NOT_CARRIED, RENAMED, call_links
from orchestration.emulators.hubspot.numbers import (
    POST_WON,
    company_id,
    contact_id,
    deal_id,
    lead_id,
    message_id,
    pipeline_id,
    stage_id,
    task_id,
    user_id,
)
from orchestration.emulators.hubspot.objects import CUSTOM_FIELDS
from orchestration.emulators.hubspot.service import (
    CLIENT,
    CURRENCY,
    REFRESH,
    SCOPES,
    TOKEN,
    Hubspot,
)

__all__ = [
    "BESIDES",
    "CLIENT",
    "CURRENCY",
    "CUSTOM_FIELDS",
    "NOT_CARRIED",
    "POST_WON",
    "PRIVATE",
    "REFRESH",
    "RENAMED",
    "SCOPES",
    "TOKEN",
    "Hubspot",
    "call_links",
    "company_id",
    "contact_id",
    "deal_id",
    "lead_id",
    "message_id",
    "pipeline_id",
    "stage_id",
    "task_id",
    "user_id",
]
