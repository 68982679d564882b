"""The raw tables of Aircall: calls and users. Times of calls are seconds since 1970."""

from orchestration.sources.connectors.tables import field, table

# The address of a recording is valid for an hour; that of its page, `asset`, is permanent.
CALLS = table(
    "calls",
    "calls",
    ("id",),
    field("id"),
    field("direction"),
    field("status"),
    field("missed_call_reason"),
    field("started_at", "timestamp", required=True, format="unix"),
    field("answered_at", "timestamp", format="unix"),
    field("ended_at", "timestamp", format="unix"),
    field("raw_digits", personal=True),
    field("asset", personal=True),
    field("archived", "boolean"),
    field("number_digits", path="number.digits"),
    field("user_id", path="user.id"),
    field("user_email", path="user.email", personal=True),
    field("user_extension", path="user.extension"),
    time="started_at",
    description="One row per call; times are UTC.",
)

# Merged: former users are no longer in the list, but their calls keep their id.
USERS = table(
    "users",
    "users",
    ("id",),
    field("id"),
    field("name"),
    field("email", personal=True),
    field("extension"),
    description="One row per user, those who have left since the first load too.",
)

TABLES = (CALLS, USERS)
