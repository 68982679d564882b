"""The raw tables of activities of Bitrix24: what was done or is to be done at a card or contact."""

from orchestration.sources.connectors.tables import Field, Table, field, table


def moment(name: str, path: str, *, required: bool = False) -> Field:
    """A column of times, in any zone."""
    return field(name, "timestamp", path, required=required)


# A call as an activity of a card: the statistics have no deals.
ACTIVITIES = table(
    "activities",
    "",
    ("id",),
    field("id", path="ID"),
    field("owner_type_id", path="OWNER_TYPE_ID"),
    field("owner_id", path="OWNER_ID"),
    moment("updated_at", "LAST_UPDATED", required=True),
    version="updated_at",
    description="One row per call as an activity of a card.",
)


def _activities(name: str, *fields: Field, description: str) -> Table:
    """Subjects, descriptions and addresses are not requested and have no column."""
    return table(
        name,
        "",
        ("id",),
        field("id", path="ID"),
        field("provider", path="PROVIDER_ID", required=True),
        field("owner_type_id", path="OWNER_TYPE_ID"),
        field("owner_id", path="OWNER_ID"),
        field("responsible_id", path="RESPONSIBLE_ID"),
        *fields,
        moment("created_at", "CREATED", required=True),
        moment("updated_at", "LAST_UPDATED", required=True),
        time="created_at",
        version="updated_at",
        description=description,
    )


MESSAGES = _activities(
    "messages",
    field("author_id", path="AUTHOR_ID"),
    field("direction", path="DIRECTION"),
    description="One row per e-mail, SMS or session of an open line, without its text.",
)
TASKS = _activities(
    "tasks",
    field("completed", path="COMPLETED"),
    moment("due_at", "DEADLINE"),
    description="One row per to-do, meeting or task at a card or contact, without its text.",
)
