"""The raw tables of Meta: statistics by ad and day, and by day of the whole account. Ids are text:
they are too long for floating-point numbers."""

from orchestration.sources.ads.tables import READ
from orchestration.sources.connectors.tables import field, table

STATS = table(
    "stats",
    "data",
    ("date", "account_id", "campaign_id", "adset_id", "ad_id"),
    field("date", "date", "date_start"),
    field("account_id"),
    field("campaign_id"),
    field("adset_id"),
    field("ad_id"),
    field("campaign_name"),
    field("account_currency", required=True),
    field("impressions", "integer"),
    field("clicks", "integer"),
    field("spend", "money"),
    field("actions", "json"),
    time="date",
    money="spend",
    # Parts of a sum: of two equal rows, none may be dropped.
    restated=False,
    description="One row per day, account and ad.",
)

# The sum of the ads may be less than the account, because deleted ads may be missing.
TOTALS = table(
    "totals",
    "data",
    ("date", "account_id"),
    field("date", "date", "date_start"),
    field("account_id"),
    field("account_currency", required=True),
    field("impressions", "integer"),
    field("clicks", "integer"),
    field("spend", "money"),
    field("actions", "json"),
    time="date",
    restated=False,
    description="One row per day and account, deleted ads included.",
)

# By level of Insights.
LEVELS = {"ad": STATS, "account": TOTALS}

TABLES = (STATS, TOTALS, READ)
