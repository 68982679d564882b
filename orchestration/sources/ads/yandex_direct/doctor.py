"""The findings of `voronka doctor` for Yandex Direct: the report of one week is read, none of it is
loaded."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from orchestration.sources.ads.doctor import WEEK, history
from orchestration.sources.ads.yandex_direct.api import DirectApi
from orchestration.sources.ads.yandex_direct.config import YandexDirectSource
from orchestration.sources.ads.yandex_direct.extract import report_params
from orchestration.sources.base import Finding


def diagnose(name: str, config: YandexDirectSource, as_of: date) -> Iterator[Finding]:
    """The advertiser and its points, how far back statistics go, and the size of a first load."""
    with DirectApi(name, config) as direct:
        client = direct.client()
        found = f"the token is valid, client {client['ClientId']}, money in {client['Currency']}"
        if direct.points:
            _, left, limit = direct.points.split("/")
            found += f", {left} of {limit} points left"
        yield Finding(f"source {name}", found)
        yield history(name, config, config.kept_since(as_of))
        week = report_params(config, as_of - timedelta(days=WEEK - 1), as_of)
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
            f" reports and about {rows * days // WEEK:,} rows; Direct makes a report in seconds to"
            " hours, by its size",
        )
