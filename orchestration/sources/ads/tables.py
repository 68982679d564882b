"""The raw table that all ad cabinets have beside their own."""

from orchestration.sources.connectors.tables import field, table

# Up to which day a night that came to its end has asked: days without any row were read too.
READ = table(
    "read",
    "",
    ("name",),
    field("name"),
    field("until", "date", required=True),
    last=True,
    description="Up to which day the account has been asked.",
)
