"""The base of the configs of all ad platforms."""

from calendar import monthrange
from datetime import date, timedelta
from typing import ClassVar

from pydantic import Field

from orchestration.sources.connectors.base import ConnectorSource


class AdsSource(ConnectorSource):
    """An ad account. Platforms correct earlier days: conversions are found late, and invalid clicks
    are removed.

    `restatement_days`: how many of the last landed days are read again each night.
    `weekly_restatement_days`: how many of them are read again in the first night of a week.
    `slice_days`: how many days one request covers.
    """

    entities: ClassVar[tuple[str, ...]] = ("ad_stats",)
    # Ads without impressions are in no report.
    may_be_empty: ClassVar[tuple[str, ...]] = ("ad_stats",)
    restatement_days: int = Field(default=3, ge=0)
    weekly_restatement_days: int = Field(default=30, ge=0)
    slice_days: int = Field(default=30, ge=1)

    def kept_since(self, as_of: date) -> date | None:
        """The earliest day that the platform still has, on the night of `as_of`, where it says."""
        return None


def months_kept(as_of: date, months: int) -> date:
    """The earliest day of a platform that keeps so many months before today, on the night of
    `as_of`."""
    today = as_of + timedelta(days=1)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
