"""The days that a night requests from an ad platform."""

from collections.abc import Iterator
from datetime import date, timedelta

import orjson

from orchestration.core.errors import ConfigError
from orchestration.sources.ads.config import AdsSource
from orchestration.sources.ads.tables import READ
from orchestration.sources.connectors.extraction import Extraction
from orchestration.sources.connectors.tables import Table


def slices_to_read(
    config: AdsSource, extraction: Extraction, table: Table
) -> Iterator[tuple[date, date]]:
    """The days that a night requests, in slices, the oldest first. Yield after each slice: it
    counts as read then, also without rows."""
    first, last = _days_to_read(config, extraction, table)
    oldest = config.kept_since(extraction.as_of)
    if oldest and first < oldest:
        raise ConfigError(
            f"{extraction.name}: statistics are requested since {first}, but the platform keeps"
            f" them since {oldest}; set history_from to that day, or start the backfill there"
        )
    for begin, end in extraction.slices(first, last, config.slice_days):
        yield begin, end
        if extraction.window is None:
            extraction.pages.add(READ, orjson.dumps([{"name": table.name, "until": f"{end}"}]), 1)


def _days_to_read(config: AdsSource, extraction: Extraction, table: Table) -> tuple[date, date]:
    """The first and the last day, from the newest day that is landed in `table` or was read without
    rows."""
    if extraction.window:
        return extraction.window
    known = (extraction.newest(table, "date"), extraction.newest(READ, "until"))
    newest = max((day for day in known if day), default=None)
    if newest is None:
        return config.history_from, extraction.as_of
    newest = min(newest, extraction.as_of)
    days = config.restatement_days
    # The newest day is landed last, so a long read is repeated until all of it is landed.
    if newest.isocalendar()[:2] != extraction.as_of.isocalendar()[:2]:
        days = max(days, config.weekly_restatement_days)
    return max(newest + timedelta(days=1 - days), config.history_from), extraction.as_of
