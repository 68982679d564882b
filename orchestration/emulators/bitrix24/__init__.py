"""Bitrix24: numbers are texts, pages have 50 rows, commands of a batch refer to earlier ones, times
are in the zone of the portal, the limit is a leaky bucket, and deletions and merges are not listed.
"""

from orchestration.emulators.bitrix24.activities import PRIVATE
from orchestration.emulators.bitrix24.carried import BESIDES, NOT_CARRIED, RENAMED, call_links
from orchestration.emulators.bitrix24.fields import CUSTOM_FIELDS
from orchestration.emulators.bitrix24.numbers import (
    POST_WON,
    QUALIFIED,
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
from orchestration.emulators.bitrix24.service import CLIENT, CODE, REFRESH, SCOPES, Bitrix24

__all__ = [
    "BESIDES",
    "CLIENT",
    "CODE",
    "CUSTOM_FIELDS",
    "NOT_CARRIED",
    "POST_WON",
    "PRIVATE",
    "QUALIFIED",
    "REFRESH",
    "RENAMED",
    "SCOPES",
    "Bitrix24",
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
