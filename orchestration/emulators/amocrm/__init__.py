"""amoCRM: deals and inquiries are cards in HAL pages, an empty list is a 204, won and lost are 142
and 143 in every pipeline, refresh tokens work once, and the history includes deletions and merges.
"""

from orchestration.emulators.amocrm.carried import BESIDES, NOT_CARRIED, RENAMED, call_links
from orchestration.emulators.amocrm.fields import FIELD_IDS
from orchestration.emulators.amocrm.numbers import (
    LEAD_PIPELINE,
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
from orchestration.emulators.amocrm.records import PRIVATE
from orchestration.emulators.amocrm.service import CLIENT, REFRESH, TOKEN, Amocrm, problem

__all__ = [
    "BESIDES",
    "CLIENT",
    "FIELD_IDS",
    "LEAD_PIPELINE",
    "NOT_CARRIED",
    "POST_WON",
    "PRIVATE",
    "QUALIFIED",
    "REFRESH",
    "RENAMED",
    "TOKEN",
    "Amocrm",
    "call_links",
    "company_id",
    "contact_id",
    "deal_id",
    "lead_id",
    "message_id",
    "pipeline_id",
    "problem",
    "stage_id",
    "task_id",
    "user_id",
]
