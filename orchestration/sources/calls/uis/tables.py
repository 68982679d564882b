"""The raw tables of UIS: sessions, and the legs of each. Times are UTC: a page is read in the
account's time zone."""

from orchestration.sources.connectors.tables import field, table

SESSIONS = table(
    "sessions",
    "result.data",
    ("id",),
    field("id"),
    field("start_time", "timestamp", required=True),
    field("finish_time", "timestamp"),
    field("direction"),
    field("is_lost", "boolean"),
    field("finish_reason"),
    field("wait_duration", "integer"),
    field("talk_duration", "integer"),
    field("total_duration", "integer"),
    field("contact_phone_number", personal=True),
    field("virtual_phone_number"),
    field("call_records", "json", personal=True),
    time="start_time",
    description="One row per session of a call.",
)

LEGS = table(
    "legs",
    "result.data",
    ("id",),
    field("id"),
    field("call_session_id", required=True),
    field("start_time", "timestamp", required=True),
    field("connect_time", "timestamp"),
    field("duration", "integer"),
    field("total_duration", "integer"),
    field("direction"),
    field("finish_reason"),
    field("is_operator", "boolean"),
    field("is_talked", "boolean"),
    field("is_coach", "boolean"),
    field("employee_id"),
    field("called_phone_number", personal=True),
    field("calling_phone_number", personal=True),
    time="start_time",
    description="One row per leg of a session; times are UTC.",
)

# Merged: former users are no longer in the list, but their calls keep their id.
EMPLOYEES = table(
    "employees",
    "result.data",
    ("id",),
    field("id"),
    field("full_name"),
    field("email", personal=True),
    field("phone_ext", path="extension.extension_phone_number"),
    description="One row per employee of the account.",
)

TABLES = (SESSIONS, LEGS, EMPLOYEES)
