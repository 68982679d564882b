"""The raw table that all ad platforms have in addition to their own."""

from orchestration.sources.connectors.tables import field, table

# The last day that a completed night has read, since days may have no rows.
READ = table(
    "read",
    "",
    ("name",),
    field("name"),
    field("until", "date", required=True),
    last=True,
    description="Up to which day the account has been asked.",
)
