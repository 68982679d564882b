"""HubSpot: objects of one shape, lists in the order of ids, a search that knows no history, sorts
ids as text and may answer half a page, associations told twice, and an archive of its own."""

from emulators.hubspot.carried import BESIDES, NOT_CARRIED, RENAMED, call_links
from emulators.hubspot.numbers import (
    POST_WON,
    company_id,
    contact_id,
    deal_id,
    lead_id,
    pipeline_id,
    stage_id,
    user_id,
)
from emulators.hubspot.objects import CUSTOM_FIELDS
from emulators.hubspot.service import CLIENT, CURRENCY, REFRESH, SCOPES, TOKEN, Hubspot

__all__ = [
    "BESIDES",
    "CLIENT",
    "CURRENCY",
    "CUSTOM_FIELDS",
    "NOT_CARRIED",
    "POST_WON",
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
    "pipeline_id",
    "stage_id",
    "user_id",
]
