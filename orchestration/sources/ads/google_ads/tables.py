"""The raw table of Google Ads: the same spend in three cuts.

A row is of a campaign, of an ad (`ad_id`) or of a keyword (`criterion_id`); what it is not of says
`--`. One table, so that the three cuts of a day always come together.
"""

from orchestration.sources.ads.tables import READ
from orchestration.sources.connectors.tables import field, table

STATS = table(
    "stats",
    "results",
    ("date", "customer_id", "campaign_id", "ad_group_id", "ad_id", "criterion_id"),
    field("date", "date", "segments.date"),
    field("customer_id", path="customer.id"),
    field("campaign_id", path="campaign.id"),
    field("ad_group_id", path="adGroup.id", default="--"),
    field("ad_id", path="adGroupAd.ad.id", default="--"),
    field("criterion_id", path="adGroupCriterion.criterionId", default="--"),
    field("campaign_name", path="campaign.name"),
    field("keyword", path="adGroupCriterion.keyword.text"),
    field("currency", path="customer.currencyCode", required=True),
    field("impressions", "integer", "metrics.impressions"),
    field("clicks", "integer", "metrics.clicks"),
    field("cost_micros", "integer", "metrics.costMicros"),
    field("conversions", "decimal", "metrics.conversions"),
    time="date",
    # Parts of a sum: of two equal rows, none may be dropped.
    restated=False,
    description="One row per day, account and campaign, one per ad, and one per keyword:"
    " three cuts of the same spend. What a row is not of says `--`.",
)

TABLES = (STATS, READ)
