"""From searchStream of Google Ads to its raw table."""

from collections.abc import Iterator
from datetime import date

import orjson

from orchestration.sources.ads.days import slices_to_read
from orchestration.sources.ads.google_ads.api import GoogleAdsApi
from orchestration.sources.ads.google_ads.config import GoogleAdsSource
from orchestration.sources.ads.google_ads.tables import STATS
from orchestration.sources.connectors.extraction import Extraction

_COLUMNS = (
    "segments.date, customer.id, customer.currency_code, campaign.id, campaign.name,"
    " metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions"
)
# No single resource has all spend: campaigns such as Performance Max have neither ads nor keywords,
# and impressions without a keyword are in no keyword's row.
CUTS = {
    "campaign": "",
    "ad_group_ad": ", ad_group.id, ad_group_ad.ad.id",
    "keyword_view": ", ad_group.id, ad_group_criterion.criterion_id,"
    " ad_group_criterion.keyword.text",
}


def extract(config: GoogleAdsSource, extraction: Extraction) -> Iterator[None]:
    """The statistics in slices of days, the oldest first; each day is replaced in full."""
    with GoogleAdsApi(extraction.name, config, extraction.home.state, extraction.say) as google:
        for begin, end in slices_to_read(config, extraction, STATS):
            extraction.say(f"statistics of {begin} to {end}")
            for customer_id in config.customer_ids:
                for resource in CUTS:
                    for chunk in google.search(customer_id, question(resource, begin, end)):
                        rows = len(chunk["results"])
                        extraction.pages.add(STATS, orjson.dumps(chunk), rows)
            extraction.pages.whole(STATS, begin, end)
            yield


def question(resource: str, first: date, last: date) -> str:
    """The query for these days in one of the cuts."""
    return (
        f"SELECT {_COLUMNS}{CUTS[resource]} FROM {resource}"
        f" WHERE segments.date BETWEEN '{first}' AND '{last}' ORDER BY segments.date"
    )
