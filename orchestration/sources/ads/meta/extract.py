"""From Insights of Meta to its raw table."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson

from orchestration.core.errors import SourceError
from orchestration.sources.ads.days import slices_to_read
from orchestration.sources.ads.meta.api import MetaApi, Page, TooLargeError
from orchestration.sources.ads.meta.config import MetaSource
from orchestration.sources.ads.meta.tables import LEVELS, STATS
from orchestration.sources.connectors.extraction import Extraction

# A run that fails for one day alone is tried so often.
_ATTEMPTS = 3
# All there are: without this filter Meta leaves out the ads that were deleted.
_STATUSES = (
    "ACTIVE",
    "PAUSED",
    "DELETED",
    "ARCHIVED",
    "PENDING_REVIEW",
    "DISAPPROVED",
    "PREAPPROVED",
    "PENDING_BILLING_INFO",
    "CAMPAIGN_PAUSED",
    "ADSET_PAUSED",
    "IN_PROCESS",
    "WITH_ISSUES",
)


def extract(config: MetaSource, extraction: Extraction) -> Iterator[None]:
    """The statistics by slices of days, the oldest first, each day anew and whole."""
    with MetaApi(extraction.name, config, extraction.say) as meta:
        for begin, end in slices_to_read(config, extraction, STATS):
            # The account comes last: it has at least what its ads had when they were read.
            for level, table in LEVELS.items():
                for page in _read(meta, extraction, level, begin, end):
                    extraction.pages.add(table, page.body, page.rows)
                extraction.pages.whole(table, begin, end)
            yield


def _read(
    meta: MetaApi, extraction: Extraction, level: str, first: date, last: date
) -> Iterator[Page]:
    """The report of these days, or those of fewer where Meta does not finish it."""
    extraction.say(f"statistics of {first} to {last}, level {level}")
    for _ in range(1 if first < last else _ATTEMPTS):
        try:
            yield from meta.report(
                f"the report of {first} to {last}", report_params(level, first, last)
            )
            return
        except TooLargeError:
            continue
    if first == last:
        raise SourceError(
            f"{extraction.name}: Meta does not finish the report of {first}; run again later"
        )
    middle = first + (last - first) // 2
    yield from _read(meta, extraction, level, first, middle)
    yield from _read(meta, extraction, level, middle + timedelta(days=1), last)


def report_params(level: str, first: date, last: date) -> dict[str, Any]:
    """What is asked for of these days: a row per day, and per ad at that level."""
    params = {
        "level": level,
        "time_increment": 1,
        "time_range": _json({"since": f"{first}", "until": f"{last}"}),
        "fields": ",".join(one.path for one in LEVELS[level].fields),
    }
    if level == "ad":
        every = {"field": "ad.effective_status", "operator": "IN", "value": _STATUSES}
        params["filtering"] = _json([every])
    return params


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
