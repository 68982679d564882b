"""The raw tables of Mango Office: calls, the legs of each, and users. Times are seconds since 1970
as the vendor delivers them."""

from orchestration.sources.connectors.tables import field, table

CALLS = table(
    "calls",
    "",
    ("entry_id",),
    field("entry_id"),
    field("context_type", "integer"),
    field("context_status", "integer"),
    field("caller_id"),
    field("caller_number", personal=True),
    field("called_number", personal=True),
    field("context_start_time", "integer", required=True),
    field("duration", "integer"),
    field("talk_duration", "integer"),
    time="context_start_time",
    description="One row per call; times are seconds since 1970.",
)

# `leg_no` and `group_leg_no` are ours: the place of the leg in its call, and of the group's leg
# that it is a member of. Who `listens` or `prompts` is a supervisor on a call of somebody else.
LEGS = table(
    "legs",
    "",
    ("entry_id", "leg_no"),
    field("entry_id"),
    field("leg_no", "integer"),
    field("group_leg_no", "integer"),
    field("call_type"),
    field("call_abonent_id"),
    field("call_abonent_number", personal=True),
    field("call_start_time", "integer"),
    field("call_answer_time", "integer"),
    field("call_end_time", "integer"),
    field("talk_duration", "integer"),
    field("call_end_reason"),
    field("recording_id", "json", personal=True),
    field("listens", "boolean", "ModeListen"),
    field("prompts", "boolean", "ModePrompt"),
    description="One row per leg of a call, a member of a group after the group.",
)

# Merged: former users are no longer in the list, but their calls keep their id.
USERS = table(
    "users",
    "users",
    ("user_id",),
    field("user_id", path="general.user_id"),
    field("name", path="general.name"),
    field("email", path="general.email", personal=True),
    field("extension", path="telephony.extension"),
    description="One row per user of the exchange.",
)

TABLES = (CALLS, LEGS, USERS)
