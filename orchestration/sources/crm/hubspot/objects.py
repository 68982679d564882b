"""The raw tables of the objects of HubSpot: properties, and the times that every object has."""

from orchestration.core.entity import ColumnType
from orchestration.sources.connectors.tables import Field, Table, field, table

PROPERTIES = "properties."


def _property(
    name: str,
    type_: ColumnType = "text",
    property_: str = "",
    *,
    required: bool = False,
    personal: bool = False,
) -> Field:
    path = PROPERTIES + (property_ or name)
    return field(name, type_, path, required=required, personal=personal)


def _objects(
    name: str,
    *fields: Field,
    description: str,
    money: str | None = None,
    has_custom: bool = True,
) -> Table:
    """`has_custom`: the config may name properties; `properties` has all that are requested."""
    custom = [field("properties", "json", personal=True)] if has_custom else []
    return table(
        name,
        "results",
        ("id",),
        field("id"),
        *fields,
        _property("owner_id", property_="hubspot_owner_id"),
        field("archived_at", "timestamp", "archivedAt"),
        *custom,
        time="created_at",
        money=money,
        version="updated_at",
        description=description,
    )


def _deals(name: str, description: str) -> Table:
    return _objects(
        name,
        _property("pipeline"),
        _property("dealstage"),
        _property("amount", "money"),
        _property("currency", property_="deal_currency_code"),
        _property("closed_at", "timestamp", "closedate"),
        _property("lost_reason", property_="closed_lost_reason"),
        _property("merged_ids", property_="hs_merged_object_ids"),
        _property("created_at", "timestamp", "createdate", required=True),
        _property("updated_at", "timestamp", "hs_lastmodifieddate"),
        money="amount",
        description=description,
    )


DEALS = _deals("deals", "One row per deal, as it was when it changed last.")
ARCHIVED_DEALS = _deals("archived_deals", "One row per deal that was seen in the archive.")

LEADS = _objects(
    "leads",
    _property("pipeline", property_="hs_pipeline"),
    _property("stage", property_="hs_pipeline_stage"),
    _property("contact_id", property_="hs_primary_contact_id"),
    _property("junk_reason", property_="hs_lead_disqualification_reason"),
    _property("merged_ids", property_="hs_merged_object_ids"),
    _property("created_at", "timestamp", "hs_createdate", required=True),
    _property("updated_at", "timestamp", "hs_lastmodifieddate"),
    description="One row per lead, as it was when it changed last.",
)

CONTACTS = _objects(
    "contacts",
    _property("first_name", property_="firstname", personal=True),
    _property("last_name", property_="lastname", personal=True),
    _property("phone", personal=True),
    _property("mobile_phone", property_="mobilephone", personal=True),
    _property("email", personal=True),
    _property("additional_emails", property_="hs_additional_emails", personal=True),
    _property("company_id", property_="associatedcompanyid"),
    _property("city"),
    _property("country"),
    _property("merged_ids", property_="hs_merged_object_ids"),
    _property("created_at", "timestamp", "createdate"),
    _property("updated_at", "timestamp", "lastmodifieddate"),
    description="One row per contact, as it was when it changed last.",
)

CALLS = _objects(
    "calls",
    _property("external_id", property_="hs_call_external_id"),
    _property("direction", property_="hs_call_direction"),
    _property("status", property_="hs_call_status"),
    _property("outcome", property_="hs_call_disposition"),
    _property("milliseconds", "integer", "hs_call_duration"),
    _property("from_number", property_="hs_call_from_number", personal=True),
    _property("to_number", property_="hs_call_to_number", personal=True),
    _property("recording_url", property_="hs_call_recording_url", personal=True),
    _property("created_at", "timestamp", "hs_timestamp", required=True),
    _property("updated_at", "timestamp", "hs_lastmodifieddate"),
    description="One row per call that was logged.",
)


def _activities(name: str, *fields: Field, description: str, has_custom: bool = False) -> Table:
    """Subjects and texts are not requested and have no column."""
    return _objects(
        name,
        *fields,
        _property("created_at", "timestamp", "hs_createdate", required=True),
        _property("updated_at", "timestamp", "hs_lastmodifieddate"),
        description=description,
        has_custom=has_custom,
    )


EMAILS = _activities(
    "emails",
    _property("sent_at", "timestamp", "hs_timestamp", required=True),
    _property("direction", property_="hs_email_direction"),
    _property("status", property_="hs_email_status"),
    _property("thread_id", property_="hs_email_thread_id"),
    _property("record_source", property_="hs_object_source_label"),
    _property("is_out_of_office", "boolean", "hs_incoming_email_is_out_of_office"),
    description="One row per e-mail that was logged, without its subject and text.",
)

COMMUNICATIONS = _activities(
    "communications",
    _property("sent_at", "timestamp", "hs_timestamp", required=True),
    _property("channel_type", property_="hs_communication_channel_type"),
    _property("record_source", property_="hs_object_source_label"),
    description="One row per SMS or message of a messenger that was logged, without its text.",
    has_custom=True,
)


def _tasks(name: str, description: str) -> Table:
    return _activities(
        name,
        _property("due_at", "timestamp", "hs_timestamp"),
        _property("status", property_="hs_task_status"),
        _property("type", property_="hs_task_type"),
        _property("completed_at", "timestamp", "hs_task_completion_date"),
        description=description,
    )


TASKS = _tasks("tasks", "One row per task, without its subject and text.")
ARCHIVED_TASKS = _tasks(
    "archived_tasks", "One row per task that was seen in the archive, without its subject and text."
)
