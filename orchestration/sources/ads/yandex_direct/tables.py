"""The raw table of Yandex Direct, columns as in its report.

A key column is `--` if Direct reports `--` or if the grain of the report is coarser, so a key has
no NULL. `client_id`, `currency` and `vat_included` are those of the request; they stay the same
when the config changes. Cost is in units of the currency, because the request asks for it so.
"""

from orchestration.sources.ads.tables import READ
from orchestration.sources.connectors.tables import field, table

# By grain: the columns that it adds to the coarser ones.
GRAINS = {
    "campaign": ("CampaignId",),
    "ad_group": ("AdGroupId",),
    "ad": ("AdId",),
    # One group may have several targetings of one text.
    "keyword": ("Criterion", "CriterionId"),
}

STATS = table(
    "stats",
    "",
    ("date", "client_id", "campaign_id", "ad_group_id", "ad_id", "criterion", "criterion_id"),
    field("date", "date", "Date"),
    field("client_id"),
    field("campaign_id", path="CampaignId"),
    field("campaign_name", path="CampaignName"),
    field("ad_group_id", path="AdGroupId", default="--"),
    field("ad_id", path="AdId", default="--"),
    field("criterion", path="Criterion", default="--"),
    field("criterion_id", path="CriterionId", default="--"),
    # NULL if Direct does not report them by targeting; clicks and cost are reported.
    field("impressions", "integer", "Impressions"),
    field("clicks", "integer", "Clicks", required=True),
    field("cost", "money", "Cost", required=True),
    field("conversions", "decimal", "Conversions"),
    field("currency", required=True),
    field("vat_included", "boolean", required=True),
    time="date",
    money="cost",
    # Parts of a sum: of two equal rows, none may be dropped.
    restated=False,
    description="One row per day, client and the smallest unit that the config requests.",
)

TABLES = (STATS, READ)
