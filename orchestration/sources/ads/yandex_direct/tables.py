"""The raw table of Yandex Direct, columns as in its report.

What a row is of says `--` where Direct does, or where the grain is coarser: a key has no gaps.
`client_id`, `currency`, `vat_included` and `cost_in_micros` say whose report it was and how it was
asked for and answered; they stay true when the config changes.
"""

from orchestration.sources.ads.tables import READ
from orchestration.sources.vendor.tables import field, table

# By grain: the columns that it adds to the coarser ones.
GRAINS = {
    "campaign": ("CampaignId",),
    "ad_group": ("AdGroupId",),
    "ad": ("AdId",),
    "keyword": ("Criterion",),
}

STATS = table(
    "stats",
    "",
    ("date", "client_id", "campaign_id", "ad_group_id", "ad_id", "criterion"),
    field("date", "date", "Date"),
    field("client_id"),
    field("campaign_id", path="CampaignId"),
    field("campaign_name", path="CampaignName"),
    field("ad_group_id", path="AdGroupId", default="--"),
    field("ad_id", path="AdId", default="--"),
    field("criterion", path="Criterion", default="--"),
    field("impressions", "integer", "Impressions", required=True),
    field("clicks", "integer", "Clicks", required=True),
    field("cost", "money", "Cost", required=True),
    field("conversions", "decimal", "Conversions"),
    field("currency", required=True),
    field("vat_included", "boolean", required=True),
    field("cost_in_micros", "boolean", required=True),
    time="date",
    money="cost",
)

TABLES = (STATS, READ)
