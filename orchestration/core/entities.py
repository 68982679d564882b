"""The entities of the contract: what any source delivers, by name, type and key.

The columns of an entity are declared only here. File readers, the demo company, the schema
`landing`, gate 1 and the docs read this declaration. Times are UTC without a zone. Money has up to
ten decimal places, exchange rates have sixteen.
"""

from orchestration.core.entity import Column, ColumnType, Entity, Reference


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _required(name: str, type_: ColumnType = "text", *allowed: str) -> Column:
    return Column(name, type_, required=True, allowed=allowed)


# Of two rows with the same key, the one with the later `updated_at` is loaded; the other is counted
# as superseded. Every entity may have this column.
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
        description="One row per user of a source (a manager).",
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
        description="One row per lead, including merged ones.",
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
        description="One row per deal, including merged and deleted ones.",
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
            # The new pipeline, if the deal moves to another one.
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
        description="One row per contact, including merged ones.",
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
        description="One row per record that was merged into another one.",
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
    # Telephony does not know the deal of a call; the CRM stores the deal with the id of the call.
    Entity(
        "call_links",
        (_required("session_id"), *_text("lead_id", "deal_id"), *_VERSION),
        description="One row per telephony session that a CRM links to a lead or deal.",
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
        description="One row per day, ad account and the smallest unit that the platform reports.",
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
        description="One row per contact of a client with the company's marketing.",
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
