"""What `voronka doctor` says of Yandex Direct: the report of one week is read, none is loaded."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from orchestration.sources.ads.yandex_direct.api import Direct
from orchestration.sources.ads.yandex_direct.config import YandexDirectSource
from orchestration.sources.ads.yandex_direct.extract import report_params
from orchestration.sources.base import Finding

_WEEK = 7
# Direct keeps the statistics of so many years before this month.
_YEARS = 3


def diagnose(name: str, config: YandexDirectSource, as_of: date) -> Iterator[Finding]:
    """The advertiser and its points, how far back statistics go, and the size of a first load."""
    with Direct(name, config) as direct:
        client = direct.client()
        found = f"the token is valid, client {client['ClientId']}, money in {client['Currency']}"
        if direct.points:
            _, left, limit = direct.points.split("/")
            found += f", {left} of {limit} points left"
        yield Finding(f"source {name}", found)
        oldest = as_of.replace(year=as_of.year - _YEARS, day=1)
        kept = oldest <= config.history_from
        found = f"statistics are kept since {oldest}"
        if not kept:
            found += f", expected `history_from` not before, found {config.history_from}"
        yield Finding(f"{name} history", found, kept)
        week = report_params(config, as_of - timedelta(days=_WEEK - 1), as_of)
        body = direct.report("the report of a week", week)
        if body is None:
            yield Finding(f"{name}.stats", "the report of a week is too large", ok=False)
            return
        rows = body.count(b"\n") - 1
        days = (as_of - config.history_from).days + 1
        reports = ceil(days / config.slice_days)
        yield Finding(
            f"{name}.stats",
            f"{rows:,} rows in the last week, a first load of {days:,} days takes {reports:,}"
            f" reports and about {rows * days // _WEEK:,} rows; Direct makes a report in seconds to"
            " hours, by its size",
        )
