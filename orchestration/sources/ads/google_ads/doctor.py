"""What `voronka doctor` says of Google Ads: a week is counted, none of it is loaded."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.sources.ads.doctor import WEEK, minutes
from orchestration.sources.ads.google_ads.api import GoogleAdsApi
from orchestration.sources.ads.google_ads.config import GoogleAdsSource
from orchestration.sources.ads.google_ads.extract import CUTS, question
from orchestration.sources.base import Finding

_ACCOUNT = "SELECT customer.id, customer.currency_code, customer.time_zone FROM customer"
_OLDEST = (
    "SELECT segments.date, metrics.impressions FROM campaign"
    " WHERE segments.date BETWEEN '{}' AND '{}' ORDER BY segments.date LIMIT 1"
)


def diagnose(name: str, config: GoogleAdsSource, as_of: date) -> Iterator[Finding]:
    """Each account with its currency and zone and its oldest day, and the size of a first load."""
    rows, seconds = 0, 0.0
    # The refresh token stays valid, so the doctor may use a separate access token.
    with TemporaryDirectory() as state, GoogleAdsApi(name, config, Path(state)) as google:
        for customer_id in config.customer_ids:
            (chunk,) = google.search(customer_id, _ACCOUNT)
            account = chunk["results"][0]["customer"]
            yield Finding(
                f"source {name}",
                f"account {customer_id} may be read, money in {account['currencyCode']},"
                f" days of {account['timeZone']}",
            )
            kept = config.kept_since(as_of)
            begin = max(config.history_from, kept)
            found = google.search(customer_id, _OLDEST.format(begin, as_of))
            oldest = found[0]["results"][0]["segments"]["date"] if found else "no day yet"
            told = (
                f"account {customer_id} has statistics since {oldest}, `history_from` is"
                f" {config.history_from}"
            )
            if begin > config.history_from:
                told += f", expected not before {kept}: Google keeps no earlier days"
            yield Finding(f"{name} history", told, begin == config.history_from)
            begun = google.clock.now()
            for resource in CUTS:
                week = question(resource, as_of - timedelta(days=WEEK - 1), as_of)
                rows += sum(len(chunk["results"]) for chunk in google.search(customer_id, week))
            seconds += google.clock.now() - begun
    days = (as_of - config.history_from).days + 1
    asked = ceil(days / config.slice_days) * len(CUTS) * len(config.customer_ids)
    yield Finding(
        f"{name}.stats",
        f"{rows:,} rows in the last week, a first load of {days:,} days takes about"
        f" {rows * days // WEEK:,} rows, {minutes(days, seconds):,} min at the pace of that week,"
        f" and {asked:,} of {config.operations_per_day:,} operations a day",
    )
