"""The findings of `voronka doctor` for Meta: one report of the last week is read, none of it is
loaded."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from orchestration.sources.ads.doctor import WEEK, history, minutes
from orchestration.sources.ads.meta.api import MetaApi, TooLargeError
from orchestration.sources.ads.meta.config import MetaSource
from orchestration.sources.ads.meta.extract import report_params
from orchestration.sources.ads.meta.tables import LEVELS
from orchestration.sources.base import Finding


def diagnose(name: str, config: MetaSource, as_of: date) -> Iterator[Finding]:
    """The account and its zone, the usage of its limits, how far back statistics go, and the size
    of a first load."""
    with MetaApi(name, config) as meta:
        account = meta.account()
        yield Finding(
            f"source {name}",
            f"the token is valid, account {config.account_id}, money in {account['currency']},"
            f" days of {account['timezone_name']}",
        )
        free = not meta.usage.wait()
        used = f"{meta.usage.percent:.0f} % of what Meta allows in an hour is used"
        yield Finding(f"{name} quota", used if free else f"{used}: run again in an hour", free)
        yield history(name, config, config.kept_since(as_of))
        if not free:
            return
        begun = meta.clock.now()
        try:
            pages = meta.report(
                "the report of a week", report_params("ad", as_of - timedelta(days=WEEK - 1), as_of)
            )
        except TooLargeError:
            yield Finding(f"{name}.stats", "the report of a week is too large", ok=False)
            return
        rows = sum(page.rows for page in pages)
        days = (as_of - config.history_from).days + 1
        yield Finding(
            f"{name}.stats",
            f"{rows:,} rows in the last week, a first load of {days:,} days takes"
            f" {ceil(days / config.slice_days) * len(LEVELS):,} reports and about"
            f" {rows * days // WEEK:,} rows,"
            f" {minutes(days, meta.clock.now() - begun):,} min at the pace of that week",
        )
