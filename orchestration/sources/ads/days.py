"""Which days a night asks an ad cabinet for."""

from datetime import date, timedelta

from orchestration.sources.ads.config import AdsSource
from orchestration.sources.vendor.extraction import Extraction
from orchestration.sources.vendor.tables import Table


def days_to_read(config: AdsSource, extraction: Extraction, table: Table) -> tuple[date, date]:
    """The first and the last day, by the newest that is landed in `table`."""
    if extraction.window:
        return extraction.window
    newest = extraction.newest(table, "date")
    if newest is None:
        return config.history_from, extraction.as_of
    newest = min(newest, extraction.as_of)
    days = config.restatement_days
    # The newest day comes last: the long reading is repeated until all of it is landed.
    if newest.isocalendar()[:2] != extraction.as_of.isocalendar()[:2]:
        days = max(days, config.weekly_restatement_days)
    return max(newest + timedelta(days=1 - days), config.history_from), extraction.as_of
