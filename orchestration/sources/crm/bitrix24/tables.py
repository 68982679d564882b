"""The raw tables of Bitrix24. Numbers come as texts from one method and as numbers from another."""

from orchestration.sources.connectors.tables import Field, Table, field, table
from orchestration.sources.crm.bitrix24.activities import ACTIVITIES, MESSAGES, TASKS, moment

USERS = table(
    "users",
    "",
    ("id",),
    field("id", path="ID"),
    field("first_name", path="NAME"),
    field("last_name", path="LAST_NAME"),
    field("email", path="EMAIL", personal=True),
    field("is_active", "boolean", "ACTIVE"),
    field("phone_ext", path="UF_PHONE_INNER"),
    field("position", path="WORK_POSITION"),
    field("departments", "json", "UF_DEPARTMENT"),
    # An empty date is an empty object.
    field("employed_on", path="UF_EMPLOYMENT_DATE"),
    description="One row per user that was ever seen.",
)

DEPARTMENTS = table(
    "departments",
    "",
    ("id",),
    field("id", path="ID"),
    field("name", path="NAME"),
    field("parent_id", path="PARENT"),
    replaced=True,
    description="One row per department there is.",
)

# Stages of deals belong to pipelines; those of leads are one more pipeline.
STATUSES = table(
    "statuses",
    "",
    ("pipeline_id", "id"),
    field("pipeline_id"),
    field("pipeline_name", required=True),
    field("id", path="STATUS_ID"),
    field("name", path="NAME", required=True),
    field("sort", "integer", "SORT", required=True),
    field("semantics", path="SEMANTICS"),
    field("is_system", path="SYSTEM"),
    description="One row per stage that was ever seen, of the"
    " pipelines of deals and of leads, which are the pipeline `STATUS`.",
)

# The rows that exist tonight: the portal does not report deletions.
CURRENT_STATUSES = table(
    "current_statuses",
    "",
    ("pipeline_id", "id"),
    field("pipeline_id"),
    field("id", path="STATUS_ID"),
    replaced=True,
    description="Ids of the stages there are.",
)

# The values of the portal's own lists that the config names.
CHOICES = table(
    "choices",
    "",
    ("entity", "field_id", "id"),
    field("entity"),
    field("field_id"),
    field("id", path="ID"),
    field("name", path="VALUE"),
    replaced=True,
    description="One row per value of a list among the portal's own fields.",
)

DEALS = table(
    "deals",
    "",
    ("id",),
    field("id", path="ID"),
    field("pipeline_id", path="CATEGORY_ID", default="0"),
    field("stage_id", path="STAGE_ID", required=True),
    field("semantics", path="STAGE_SEMANTIC_ID"),
    field("amount", "money", "OPPORTUNITY"),
    field("currency", path="CURRENCY_ID"),
    field("lead_id", path="LEAD_ID"),
    field("company_id", path="COMPANY_ID"),
    field("contact_id", path="CONTACT_ID"),
    field("assigned_by_id", path="ASSIGNED_BY_ID"),
    field("is_recurring", path="IS_RECURRING"),
    # A day of the portal's zone.
    field("close_date", path="CLOSEDATE"),
    moment("created_at", "DATE_CREATE", required=True),
    moment("updated_at", "DATE_MODIFY", required=True),
    moment("moved_at", "MOVED_TIME"),
    field("custom", "json", personal=True),
    time="created_at",
    money="amount",
    version="updated_at",
    description="One row per deal, as it was when it changed last.",
)

LEADS = table(
    "leads",
    "",
    ("id",),
    field("id", path="ID"),
    field("stage_id", path="STATUS_ID", required=True),
    field("semantics", path="STATUS_SEMANTIC_ID"),
    field("source_id", path="SOURCE_ID"),
    field("contact_id", path="CONTACT_ID"),
    field("assigned_by_id", path="ASSIGNED_BY_ID"),
    field("company", path="COMPANY_TITLE", personal=True),
    field("phones", "json", "PHONE", personal=True),
    field("emails", "json", "EMAIL", personal=True),
    field("messengers", "json", "IM", personal=True),
    field("city", path="ADDRESS_CITY"),
    field("country", path="ADDRESS_COUNTRY"),
    field("utm_source", path="UTM_SOURCE"),
    field("utm_medium", path="UTM_MEDIUM"),
    field("utm_campaign", path="UTM_CAMPAIGN"),
    field("utm_content", path="UTM_CONTENT"),
    field("utm_term", path="UTM_TERM"),
    moment("created_at", "DATE_CREATE", required=True),
    moment("updated_at", "DATE_MODIFY", required=True),
    moment("closed_at", "DATE_CLOSED"),
    field("custom", "json", personal=True),
    time="created_at",
    version="updated_at",
    description="One row per lead, as it was when it changed last.",
)

CONTACTS = table(
    "contacts",
    "",
    ("id",),
    field("id", path="ID"),
    field("first_name", path="NAME", personal=True),
    field("last_name", path="LAST_NAME", personal=True),
    field("company_id", path="COMPANY_ID"),
    field("phones", "json", "PHONE", personal=True),
    field("emails", "json", "EMAIL", personal=True),
    field("messengers", "json", "IM", personal=True),
    field("city", path="ADDRESS_CITY"),
    field("country", path="ADDRESS_COUNTRY"),
    moment("created_at", "DATE_CREATE", required=True),
    moment("updated_at", "DATE_MODIFY", required=True),
    field("custom", "json", personal=True),
    time="created_at",
    version="updated_at",
    description="One row per contact, as it was when it changed last.",
)


def _history(name: str, kind: str, *more: Field) -> Table:
    """The stages that a card entered, and when. Deals and leads have separate ids."""
    return table(
        name,
        "",
        ("id",),
        field("id", "integer", "ID"),
        field("card_id", path="OWNER_ID", required=True),
        field("stage_id", path=f"{kind}_ID", required=True),
        field("semantics", path=f"{kind}_SEMANTIC_ID"),
        *more,
        moment("created_at", "CREATED_TIME", required=True),
        time="created_at",
        description=f"One row per stage that a {name.removesuffix('_history')} came to.",
    )


DEAL_HISTORY = _history(
    "deal_history", "STAGE", field("pipeline_id", path="CATEGORY_ID", default="0")
)
LEAD_HISTORY = _history("lead_history", "STATUS")

CALLS = table(
    "calls",
    "",
    ("id",),
    field("id", "integer", "ID"),
    field("call_id", path="CALL_ID"),
    field("external_call_id", path="EXTERNAL_CALL_ID"),
    field("type", path="CALL_TYPE"),
    field("category", path="CALL_CATEGORY"),
    field("user_id", path="PORTAL_USER_ID"),
    field("line_phone", path="PORTAL_NUMBER"),
    field("client_phone", path="PHONE_NUMBER", personal=True),
    field("duration", "integer", "CALL_DURATION"),
    field("failed_code", path="CALL_FAILED_CODE"),
    field("record_url", path="CALL_RECORD_URL", personal=True),
    field("crm_type", path="CRM_ENTITY_TYPE"),
    field("crm_id", path="CRM_ENTITY_ID"),
    field("activity_id", path="CRM_ACTIVITY_ID"),
    moment("started_at", "CALL_START_DATE", required=True),
    time="started_at",
    description="One row per call of the portal's statistics.",
)

# The ids of all existing cards and contacts, and the time of the search.
PRESENT = table(
    "present",
    "",
    ("entity", "id"),
    field("entity"),
    field("id", path="ID"),
    replaced=True,
    description="Ids of the contacts, leads, deals and tasks there are.",
)
SWEEPS = table(
    "sweeps",
    "",
    ("entity",),
    field("entity"),
    moment("began_at", "began_at", required=True),
    replaced=True,
    description="Since when those ids were looked for, by their kind.",
)

TABLES = (
    USERS,
    DEPARTMENTS,
    STATUSES,
    CURRENT_STATUSES,
    CHOICES,
    CONTACTS,
    LEADS,
    DEALS,
    DEAL_HISTORY,
    LEAD_HISTORY,
    CALLS,
    ACTIVITIES,
    MESSAGES,
    TASKS,
    PRESENT,
    SWEEPS,
)
