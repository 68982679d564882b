"""From Insights of Meta to its raw table."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson

from orchestration.errors import SourceError
from orchestration.sources.ads.days import slices_to_read
from orchestration.sources.ads.meta.api import Meta, Page, TooLargeError
from orchestration.sources.ads.meta.config import MetaSource
from orchestration.sources.ads.meta.tables import STATS
from orchestration.sources.vendor.extraction import Extraction

# A run that fails for one day alone is tried so often.
_ATTEMPTS = 3


def extract(config: MetaSource, extraction: Extraction) -> Iterator[None]:
    """The statistics by slices of days, the oldest first, each day anew and whole."""
    with Meta(extraction.name, config, extraction.say) as meta:
        for begin, end in slices_to_read(config, extraction, STATS):
            for page in _read(meta, extraction, begin, end):
                extraction.pages.add(STATS, page.body, page.rows)
            extraction.pages.whole(STATS, begin, end)
            yield


def _read(meta: Meta, extraction: Extraction, first: date, last: date) -> Iterator[Page]:
    """The report of these days, or those of fewer where Meta does not finish it."""
    extraction.say(f"statistics of {first} to {last}")
    for _ in range(1 if first < last else _ATTEMPTS):
        try:
            yield from meta.report(f"the report of {first} to {last}", report_params(first, last))
            return
        except TooLargeError:
            continue
    if first == last:
        raise SourceError(
            f"{extraction.name}: Meta does not finish the report of {first}; run again later"
        )
    middle = first + (last - first) // 2
    yield from _read(meta, extraction, first, middle)
    yield from _read(meta, extraction, middle + timedelta(days=1), last)


def report_params(first: date, last: date) -> dict[str, Any]:
    """What is asked for of these days: a row per ad and day."""
    return {
        "level": "ad",
        "time_increment": 1,
        "time_range": orjson.dumps({"since": f"{first}", "until": f"{last}"}).decode(),
        "fields": ",".join(one.path for one in STATS.fields),
    }
