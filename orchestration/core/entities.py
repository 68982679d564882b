"""The entities of the contract: what any source delivers, by name, type and key.

This is the one place where an entity's columns stand. File readers, the demo company, the landing
schema, gate 1 and the docs follow it. Times are UTC without a zone. Money keeps up to ten
places, rates of exchange sixteen.
"""

from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal[
    "text", "timestamp", "date", "money", "rate", "decimal", "integer", "boolean", "json"
]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "varchar",
    "timestamp": "timestamp",
    "date": "date",
    # Below 10^18, so that no sum and no product overflows: docs/decisions/0007-money.md.
    "money": "decimal(28, 10)",
    "rate": "decimal(28, 16)",
    "decimal": "decimal(18, 6)",
    "integer": "bigint",
    "boolean": "boolean",
    "json": "varchar",
}


# Ids whose name does not end in `_id`.
_OTHER_IDS = ("changed_by", "phone_ext")
_PHONES = ("phone", "phones", "client_phone", "line_phone")


@dataclass(frozen=True)
class Column:
    """One column of an entity.

    `required`: a row without a value is quarantined. `personal`: the value is a client's personal
    data and never reaches a log, an error text or a mart. `allowed`: the only values it may take.
    `default`: the value a row gets where the source leaves it out.
    """

    name: str
    type: ColumnType = "text"
    required: bool = False
    personal: bool = False
    allowed: tuple[str, ...] = ()
    default: str | None = None

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.type]

    @property
    def is_id(self) -> bool:
        """Whether its text has to equal a text in another table (join key)."""
        return self.type == "text" and (self.name.endswith("_id") or self.name in _OTHER_IDS)

    @property
    def is_phone(self) -> bool:
        """Whether it holds phone numbers, which programs may also export as numbers."""
        return self.name in _PHONES


@dataclass(frozen=True)
class Reference:
    """A value that has to exist elsewhere: `columns` here are found in `entity`.`target` there."""

    columns: tuple[str, ...]
    entity: str
    target: tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """One entity: its columns, the key that makes a row unique, and the column that dates it.

    `time`: the column gate 1 checks for a sane range and reads freshness from (None: undated).
    `money`: the column whose sum the ledger follows (None: no money). `version`: of two rows with
    one key the one with the later value there is loaded (None: rows have no version). `restated`:
    among equals the one delivered last is loaded; else rows that differ contradict each other.
    `is_sum`: a row has no id, only what its numbers were added up by, so that an equal row may be
    another part of the sum. `description`: what a row is, for the docs.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str | None = None
    money: str | None = None
    references: tuple[Reference, ...] = field(default=())
    version: str | None = "updated_at"
    restated: bool = False
    is_sum: bool = False
    description: str = ""

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def is_merged(self) -> bool:
        """Whether new rows are merged into the landed rows by key; if not, they replace them."""
        return False


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _required(name: str, type_: ColumnType = "text", *allowed: str) -> Column:
    return Column(name, type_, required=True, allowed=allowed)


# Newest wins: of two rows with one key the one with the later `updated_at` is loaded and the other
# is counted as superseded. Every entity may carry it.
_VERSION = (Column("updated_at", "timestamp"),)

_UTM = _text("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")

_ENTITIES = (
    Entity(
        "users",
        (
            _required("user_id"),
            _required("name"),
            Column("email", personal=True),
            *_text("phone_ext", "team", "department", "role"),
            Column("is_active", "boolean"),
            Column("hired_on", "date"),
            Column("left_on", "date"),
            *_VERSION,
        ),
        description="One row per user of a source, that is a manager.",
        key=("user_id",),
    ),
    Entity(
        "stages",
        (
            _required("pipeline_id"),
            _required("pipeline_name"),
            _required("stage_id"),
            _required("stage_name"),
            _required("stage_order", "integer"),
            _required("semantics", "text", "open", "won", "lost", "post_won"),
            Column("probability", "decimal"),
            Column("is_deleted", "boolean"),
            *_VERSION,
        ),
        description="One row per stage of a pipeline.",
        key=("pipeline_id", "stage_id"),
    ),
    Entity(
        "leads",
        (
            _required("lead_id"),
            _required("created_at", "timestamp"),
            Column(
                "source_type",
                allowed=("form", "call", "chat", "order", "social", "event", "manual"),
            ),
            *_text("channel"),
            *_UTM,
            *_text("click_id", "client_id", "referrer", "landing_page"),
            Column("phone", personal=True),
            Column("email", personal=True),
            Column("messenger", personal=True),
            Column("company", personal=True),
            Column("segment", allowed=("b2b", "b2c")),
            *_text("country", "city", "contact_id", "owner_id", "status"),
            Column("qualified_at", "timestamp"),
            Column("converted_at", "timestamp"),
            *_text("deal_id", "junk_reason"),
            Column("is_test", "boolean"),
            *_VERSION,
        ),
        description="One row per lead, merged ones included.",
        key=("lead_id",),
        time="created_at",
    ),
    Entity(
        "deals",
        (
            _required("deal_id"),
            Column("pipeline_id", default="default"),
            *_text("stage_id"),
            Column("status", allowed=("open", "won", "lost")),
            _required("created_at", "timestamp"),
            Column("closed_at", "timestamp"),
            Column("amount", "money"),
            *_text("currency"),
            Column("cost", "money"),
            *_text("owner_id", "contact_id", "company_id", "lead_id", "lost_reason"),
            Column("expected_close_on", "date"),
            *_text("product"),
            Column("is_deleted", "boolean"),
            Column("is_test", "boolean"),
            *_VERSION,
        ),
        description="One row per deal, merged and deleted ones included.",
        key=("deal_id",),
        time="created_at",
        money="amount",
        references=(Reference(("pipeline_id", "stage_id"), "stages", ("pipeline_id", "stage_id")),),
    ),
    Entity(
        "stage_events",
        (
            *_text("deal_id", "lead_id", "from_stage_id"),
            _required("to_stage_id"),
            # Where a deal moves to another pipeline, the pipeline it moves to.
            *_text("pipeline_id"),
            _required("changed_at", "timestamp"),
            *_text("changed_by"),
            Column("sequence", "integer"),
            *_VERSION,
        ),
        description="One row per move of a deal or lead to a stage.",
        key=("deal_id", "lead_id", "changed_at", "to_stage_id", "sequence"),
        time="changed_at",
        references=(Reference(("to_stage_id",), "stages", ("stage_id",)),),
    ),
    Entity(
        "contacts",
        (
            _required("contact_id"),
            Column("name", personal=True),
            # Several values are separated by , ; / | or line ends.
            Column("phones", personal=True),
            Column("emails", personal=True),
            Column("messengers", personal=True),
            *_text("company_id"),
            Column("segment", allowed=("b2b", "b2c")),
            *_text("city", "country"),
            Column("created_at", "timestamp"),
            *_VERSION,
        ),
        description="One row per contact, merged ones included.",
        key=("contact_id",),
        time="created_at",
    ),
    Entity(
        "merges",
        (
            _required("entity", "text", "leads", "deals", "contacts", "users"),
            _required("loser_id"),
            _required("survivor_id"),
            Column("merged_at", "timestamp"),
            *_VERSION,
        ),
        description="One row per record merged away.",
        key=("entity", "loser_id"),
        time="merged_at",
    ),
    Entity(
        "calls",
        (
            _required("call_id"),
            *_text("session_id"),
            Column("leg_no", "integer"),
            _required("started_at", "timestamp"),
            Column("answered_at", "timestamp"),
            Column("ended_at", "timestamp"),
            _required("direction", "text", "in", "out", "internal"),
            Column("result", allowed=("answered", "missed", "abandoned", "failed")),
            *_text("user_id"),
            Column("user_email", personal=True),
            *_text("phone_ext"),
            Column("client_phone", personal=True),
            *_text("line_phone"),
            Column("queue_seconds", "integer"),
            Column("ring_seconds", "integer"),
            Column("talk_seconds", "integer"),
            Column("recording_url", personal=True),
            *_text("lead_id", "deal_id"),
            *_VERSION,
        ),
        description="One row per leg of a call.",
        key=("call_id",),
        time="started_at",
    ),
    # Telephony does not know the deal of a call; the CRM stores it under telephony's call id.
    Entity(
        "call_links",
        (_required("session_id"), *_text("lead_id", "deal_id"), *_VERSION),
        description="One row per session of telephony that the CRM knows the card of.",
        key=("session_id",),
    ),
    Entity(
        "ad_stats",
        (
            _required("date", "date"),
            _required("platform"),
            _required("account_id"),
            _required("account_currency"),
            _required("campaign_id"),
            *_text("campaign_name", "ad_group_id", "ad_id", "keyword"),
            _required("impressions", "integer"),
            _required("clicks", "integer"),
            _required("spend", "money"),
            Column("conversions", "decimal"),
            Column("vat_included", "boolean"),
            *_VERSION,
        ),
        description="One row per day, ad account and the finest cut the platform delivers.",
        key=("date", "platform", "account_id", "campaign_id", "ad_group_id", "ad_id", "keyword"),
        time="date",
        money="spend",
        is_sum=True,
    ),
    Entity(
        "touchpoints",
        (
            _required("touchpoint_id"),
            _required("occurred_at", "timestamp"),
            _required(
                "type",
                "text",
                *("visit", "form", "click", "call", "email", "webinar", "chat", "offline"),
            ),
            *_text("client_id"),
            Column("phone", personal=True),
            Column("email", personal=True),
            *_text("contact_id", "lead_id"),
            *_UTM,
            *_text("referrer", "channel", "campaign_id"),
            *_VERSION,
        ),
        description="One row per contact with the company's marketing.",
        key=("touchpoint_id",),
        time="occurred_at",
    ),
    Entity(
        "payments",
        (
            _required("payment_id"),
            _required("deal_id"),
            _required("paid_at", "timestamp"),
            _required("amount", "money"),
            _required("currency"),
            Column("is_refund", "boolean"),
            *_VERSION,
        ),
        description="One row per payment or refund.",
        key=("payment_id",),
        time="paid_at",
        money="amount",
    ),
    Entity(
        "plans",
        (
            _required("kpi"),
            _required("scope_type", "text", "company", "department", "team", "manager"),
            _required("scope_id"),
            _required("period_start", "date"),
            _required("period_end", "date"),
            _required("value", "money"),
            Column("set_at", "timestamp"),
            Column("version", "integer"),
            *_VERSION,
        ),
        description="One row per version of a planned value.",
        key=("kpi", "scope_type", "scope_id", "period_start", "period_end", "version"),
        time="period_start",
    ),
    Entity(
        "fx_rates",
        (
            _required("date", "date"),
            _required("currency"),
            _required("rate_to_base", "rate"),
            *_VERSION,
        ),
        description="One row per day and currency.",
        key=("date", "currency"),
        time="date",
    ),
)

ENTITIES: dict[str, Entity] = {entity.name: entity for entity in _ENTITIES}
