"""The raw tables of HubSpot: one for each kind of object, one for the history of all kinds, one for
associations."""

from dataclasses import dataclass

from orchestration.sources.connectors.tables import Table, field, table
from orchestration.sources.crm.hubspot.objects import (
    ARCHIVED_DEALS,
    ARCHIVED_TASKS,
    CALLS,
    COMMUNICATIONS,
    CONTACTS,
    DEALS,
    EMAILS,
    LEADS,
    PROPERTIES,
    TASKS,
)

ACCOUNT = table(
    "account",
    "",
    ("id",),
    field("id", path="portalId"),
    field("currency", path="companyCurrency"),
    replaced=True,
    description="One row per account, with its currency.",
)

OWNERS = table(
    "owners",
    "results",
    ("id",),
    field("id"),
    field("user_id", path="userIdIncludingInactive"),
    field("email", personal=True),
    field("first_name", path="firstName"),
    field("last_name", path="lastName"),
    field("teams", "json"),
    field("archived", "boolean"),
    field("updated_at", "timestamp", "updatedAt"),
    version="updated_at",
    description="One row per owner, those that were let go among them.",
)

STAGES = table(
    "stages",
    "",
    ("kind", "pipeline_id", "id"),
    field("kind"),
    field("pipeline_id"),
    field("pipeline_name", required=True),
    field("id"),
    field("name", path="label", required=True),
    field("display_order", "integer", "displayOrder", required=True),
    field("is_closed", "boolean", "metadata.isClosed"),
    field("probability", "decimal", "metadata.probability"),
    field("lead_state", path="metadata.leadState"),
    field("archived", "boolean"),
    field("updated_at", "timestamp", "updatedAt"),
    description="One row per stage of a pipeline of deals or of leads that was ever seen.",
)

# The rows that exist tonight: the account does not report deletions.
CURRENT_STAGES = table(
    "current_stages",
    "",
    ("kind", "pipeline_id", "id"),
    field("kind"),
    field("pipeline_id"),
    field("id"),
    replaced=True,
    description="Ids of the stages there are.",
)


# The vendor keeps a limited number of earlier values; landed ones stay.
HISTORY = table(
    "history",
    "",
    ("kind", "id", "property", "changed_at", "value"),
    field("kind"),
    field("id"),
    field("property"),
    field("value"),
    field("changed_at", "timestamp"),
    field("changed_by"),
    field("place", "integer"),
    time="changed_at",
    description="One row per value that a stage, a pipeline or the list of merged ids ever had.",
)

# `linked`: the associated objects; none is an empty list.
ASSOCIATIONS = table(
    "associations",
    "",
    ("kind", "id", "other_kind"),
    field("kind"),
    field("id"),
    field("other_kind"),
    field("linked", "json"),
    description="One row per object and kind of others, with those it is associated with.",
)

# Objects that were seen in the archive, which the vendor clears after three months. `is_restored`:
# the object has left the archive and exists again.
ARCHIVED = table(
    "archived",
    "",
    ("kind", "id"),
    field("kind"),
    field("id"),
    field("archived_at", "timestamp", required=True),
    field("is_restored", "boolean"),
    time="archived_at",
    description="One row per object that was ever seen in the"
    " archive, when it went there, and whether it was restored.",
)

# How far each kind has been read: changes up to `since`, and the position in its list until the
# list is complete.
READ = table(
    "read",
    "",
    ("kind",),
    field("kind"),
    field("since", "timestamp", required=True),
    field("after"),
    last=True,
    description="How far each kind of object has been read.",
)


@dataclass(frozen=True)
class Kind:
    """A kind of object. `modified`: the property with the time of change; `history`: properties
    with all their values; `linked`: the kinds of associated objects; `archive`: the table of
    deleted objects, if more than their ids is needed; `entity`: the entity whose custom fields
    it has, if its name is another."""

    name: str
    table: Table
    modified: str = "hs_lastmodifieddate"
    history: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    archive: Table | None = None
    entity: str = ""

    @property
    def properties(self) -> tuple[str, ...]:
        return tuple(
            one.path.removeprefix(PROPERTIES)
            for one in self.table.fields
            if one.path.startswith(PROPERTIES)
        )


_PARTIES = ("deals", "leads", "contacts")

KINDS = (
    Kind("contacts", CONTACTS, "lastmodifieddate"),
    Kind(
        "leads",
        LEADS,
        history=("hs_pipeline_stage", "hs_pipeline", "hs_merged_object_ids"),
        linked=("deals",),
    ),
    Kind(
        "deals",
        DEALS,
        history=("dealstage", "pipeline", "hs_merged_object_ids"),
        linked=("contacts", "companies", "leads"),
        archive=ARCHIVED_DEALS,
    ),
    Kind("calls", CALLS, linked=("deals", "leads")),
    Kind("emails", EMAILS, linked=_PARTIES),
    Kind("communications", COMMUNICATIONS, linked=_PARTIES, entity="messages"),
    Kind("tasks", TASKS, linked=_PARTIES, archive=ARCHIVED_TASKS),
)

TABLES = (
    ACCOUNT,
    OWNERS,
    STAGES,
    CURRENT_STAGES,
    CONTACTS,
    LEADS,
    DEALS,
    ARCHIVED_DEALS,
    CALLS,
    EMAILS,
    COMMUNICATIONS,
    TASKS,
    ARCHIVED_TASKS,
    HISTORY,
    ASSOCIATIONS,
    ARCHIVED,
    READ,
)
