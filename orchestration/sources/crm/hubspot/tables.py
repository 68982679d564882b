"""The raw tables of HubSpot: one for each kind of object, one for the history of all kinds, one for
associations."""

from dataclasses import dataclass

from orchestration.core.entity import ColumnType
from orchestration.sources.connectors.tables import Field, Table, field, table

_PROPERTIES = "properties."


def _property(
    name: str,
    type_: ColumnType = "text",
    property_: str = "",
    *,
    required: bool = False,
    personal: bool = False,
) -> Field:
    path = _PROPERTIES + (property_ or name)
    return field(name, type_, path, required=required, personal=personal)


def _objects(name: str, *fields: Field, description: str, money: str | None = None) -> Table:
    """`properties` has all requested properties, including those that the config names."""
    return table(
        name,
        "results",
        ("id",),
        field("id"),
        *fields,
        _property("owner_id", property_="hubspot_owner_id"),
        field("archived_at", "timestamp", "archivedAt"),
        field("properties", "json", personal=True),
        time="created_at",
        money=money,
        version="updated_at",
        description=description,
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
    deleted objects, if more than their ids is needed."""

    name: str
    table: Table
    modified: str = "hs_lastmodifieddate"
    history: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    archive: Table | None = None

    @property
    def properties(self) -> tuple[str, ...]:
        return tuple(
            one.path.removeprefix(_PROPERTIES)
            for one in self.table.fields
            if one.path.startswith(_PROPERTIES)
        )


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
    HISTORY,
    ASSOCIATIONS,
    ARCHIVED,
    READ,
)
