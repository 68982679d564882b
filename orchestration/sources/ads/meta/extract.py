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

# The number of attempts for a run that fails for a single day.
_ATTEMPTS = 3
# All statuses: without this filter, Meta leaves out deleted ads.
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
    """The statistics in slices of days, the oldest first; each day is replaced in full."""
    with MetaApi(extraction.name, config, extraction.say) as meta:
        for begin, end in slices_to_read(config, extraction, STATS):
            # The account is read last, so its totals are at least those of its ads.
            for level, table in LEVELS.items():
                for page in _read(meta, extraction, level, begin, end):
                    extraction.pages.add(table, page.body, page.rows)
                extraction.pages.whole(table, begin, end)
            yield


def _read(
    meta: MetaApi, extraction: Extraction, level: str, first: date, last: date
) -> Iterator[Page]:
    """The report of these days, or reports of fewer days each if Meta does not finish it."""
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
    """The parameters of the report: a row per day, and per ad at level `ad`."""
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
