"""The raw tables of amoCRM. Its "leads" are the cards of all pipelines, deals for the most part."""

from orchestration.sources.connectors.tables import Field, Table, field, table


def _moment(name: str, *, required: bool = False) -> Field:
    return field(name, "timestamp", format="unix", required=required)


ACCOUNT = table(
    "account",
    "",
    ("id",),
    field("id"),
    field("currency"),
    field("task_types", "json", "_embedded.task_types"),
    replaced=True,
    description="One row per account, with its currency and its types of tasks.",
)

USERS = table(
    "users",
    "_embedded.users",
    ("id",),
    field("id"),
    field("name"),
    field("email", personal=True),
    field("is_active", "boolean", "rights.is_active"),
    field("group_name", path="_embedded.groups[0].name"),
    field("role_name", path="_embedded.roles[0].name"),
    description="One row per user that was ever seen.",
)

STATUSES = table(
    "statuses",
    "",
    ("pipeline_id", "id"),
    field("pipeline_id"),
    field("pipeline_name", required=True),
    field("id"),
    field("name", required=True),
    field("sort", "integer", required=True),
    field("type", "integer"),
    description="One row per status of a pipeline that was ever seen.",
)

# The rows that exist tonight: the account does not report deletions.
CURRENT_USERS = table(
    "current_users",
    USERS.rows,
    ("id",),
    field("id"),
    replaced=True,
    description="Ids of the users there are.",
)
CURRENT_STATUSES = table(
    "current_statuses",
    STATUSES.rows,
    ("pipeline_id", "id"),
    field("pipeline_id"),
    field("id"),
    replaced=True,
    description="Ids of the statuses there are.",
)


LEADS = table(
    "leads",
    "_embedded.leads",
    ("id",),
    field("id"),
    field("pipeline_id", required=True),
    field("status_id", required=True),
    field("price", "money"),
    field("price_with_minor_units", "money"),
    field("responsible_user_id"),
    field("loss_reason", path="_embedded.loss_reason[0].name"),
    field("contacts", "json", "_embedded.contacts"),
    field("company_id", path="_embedded.companies[0].id"),
    field("custom_fields_values", "json", personal=True),
    _moment("created_at", required=True),
    _moment("updated_at", required=True),
    _moment("closed_at"),
    time="created_at",
    money="price",
    version="updated_at",
    description="One row per card of any pipeline, as it was when it changed last.",
)

# The trash: a separate list, read up to its own time. It has only the deletion of a card.
DELETED_LEADS = table(
    "deleted_leads",
    LEADS.rows,
    ("id",),
    field("id"),
    field("is_deleted", "boolean"),
    _moment("updated_at", required=True),
    version="updated_at",
    description="One row per card that was seen in the"
    " trash, with its id and when it changed last.",
)

CONTACTS = table(
    "contacts",
    "_embedded.contacts",
    ("id",),
    field("id"),
    field("name", personal=True),
    field("company_id", path="_embedded.companies[0].id"),
    field("custom_fields_values", "json", personal=True),
    _moment("created_at"),
    _moment("updated_at", required=True),
    time="created_at",
    version="updated_at",
    description="One row per contact.",
)

EVENTS = table(
    "events",
    "_embedded.events",
    ("id",),
    field("id"),
    field("type", required=True),
    field("entity_type", required=True),
    field("entity_id", required=True),
    field("created_by"),
    field("value_before", "json"),
    field("value_after", "json"),
    _moment("created_at", required=True),
    time="created_at",
    description="One row per event of the history;"
    " changes of status, deletions, restorations and merges.",
)

# A list of its own, read up to its own time. The vendor does not return texts here.
MESSAGE_EVENTS = table(
    "message_events",
    EVENTS.rows,
    ("id",),
    field("id"),
    field("type", required=True),
    field("entity_type", required=True),
    field("entity_id", required=True),
    field("created_by"),
    field("message_id", path="value_after[0].message.id"),
    field("talk_id", path="value_after[0].message.talk_id"),
    field("origin", path="value_after[0].message.origin"),
    field("note_id", path="value_after[0].note.id"),
    _moment("created_at", required=True),
    time="created_at",
    description="One row per event of a chat, a letter or an SMS, at a card or a contact.",
)

# The vendor returns the texts of tasks unasked; they have no column.
TASKS = table(
    "tasks",
    "_embedded.tasks",
    ("id",),
    field("id"),
    field("entity_type"),
    field("entity_id"),
    field("responsible_user_id", required=True),
    field("task_type_id"),
    field("is_completed", "boolean"),
    _moment("complete_till"),
    _moment("created_at", required=True),
    _moment("updated_at", required=True),
    time="created_at",
    version="updated_at",
    description="One row per task, as it was when it changed last, without its text.",
)

TASK_EVENTS = table(
    "task_events",
    EVENTS.rows,
    ("id",),
    field("id"),
    field("type", required=True),
    field("entity_id", required=True),
    _moment("created_at", required=True),
    time="created_at",
    description="One row per completion or deletion of a task.",
)


def _calls(name: str, card: str) -> Table:
    return table(
        name,
        "_embedded.notes",
        ("id",),
        field("id"),
        field("entity_id"),
        field("note_type", required=True),
        field("created_by"),
        field("uniq", path="params.uniq"),
        field("call_responsible", path="params.call_responsible"),
        field("call_status", path="params.call_status"),
        field("duration", "integer", "params.duration"),
        field("phone", path="params.phone", personal=True),
        field("link", path="params.link", personal=True),
        _moment("created_at", required=True),
        _moment("updated_at", required=True),
        time="created_at",
        version="updated_at",
        description=f"One row per note of a call at a {card}.",
    )


LEAD_CALLS = _calls("lead_calls", "card")
CONTACT_CALLS = _calls("contact_calls", "contact")
COMPANY_CALLS = _calls("company_calls", "company")

TABLES = (
    ACCOUNT,
    USERS,
    CURRENT_USERS,
    STATUSES,
    CURRENT_STATUSES,
    LEADS,
    DELETED_LEADS,
    CONTACTS,
    EVENTS,
    LEAD_CALLS,
    CONTACT_CALLS,
    COMPANY_CALLS,
    MESSAGE_EVENTS,
    TASKS,
    TASK_EVENTS,
)
