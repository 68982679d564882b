"""The raw tables of Twilio: calls, of which each leg is one, and recordings."""

from orchestration.sources.connectors.tables import field, table

_RFC_2822 = "%a, %d %b %Y %H:%M:%S %z"

# A leg that was raised from another names it as its parent. `start_time` is the answer of a leg
# that was dialled, which begins with `date_created`. Landed last, calls tell how far recordings
# have been read: of those there may be none.
CALLS = table(
    "calls",
    "calls",
    ("sid",),
    field("sid"),
    field("parent_call_sid"),
    field("direction"),
    field("status"),
    field("caller", path="from", personal=True),
    field("called", path="to", personal=True),
    field("date_created", "timestamp", required=True, format=_RFC_2822),
    field("date_updated", "timestamp", format=_RFC_2822),
    field("end_time", "timestamp", format=_RFC_2822),
    field("duration", "integer"),
    field("answered_by"),
    time="date_created",
    last=True,
    description="One row per leg, which names the one it was raised from; times are UTC.",
)

RECORDINGS = table(
    "recordings",
    "recordings",
    ("sid",),
    field("sid"),
    field("call_sid", required=True),
    field("date_created", "timestamp", format=_RFC_2822),
    field("media_url", personal=True),
    time="date_created",
    description="One row per recording of a leg.",
)

TABLES = (CALLS, RECORDINGS)
