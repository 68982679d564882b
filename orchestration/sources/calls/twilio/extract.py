"""From the API of Twilio to its raw tables."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from orchestration.sources.calls.twilio.api import TwilioApi
from orchestration.sources.calls.twilio.config import TwilioSource
from orchestration.sources.calls.twilio.tables import CALLS, RECORDINGS
from orchestration.sources.connectors.extraction import Extraction

SLICE_DAYS = 30
_DAY = timedelta(days=1)


def extract(config: TwilioSource, extraction: Extraction) -> Iterator[None]:
    """Calls and recordings by days, the oldest first."""
    with TwilioApi(extraction.name, config, extraction.say) as twilio:
        first, last = extraction.window or (_first_day(config, extraction), extraction.as_of)
        # A day of the company may begin before the same UTC day, or end after it.
        for begin, end in extraction.slices(first - _DAY, last + _DAY, SLICE_DAYS):
            extraction.say(f"calls of {begin} to {end}")
            for page in twilio.calls(begin, end):
                extraction.pages.add(CALLS, page.body, len(page.rows))
            for page in twilio.recordings(begin, end):
                extraction.pages.add(RECORDINGS, page.body, len(page.rows))
            yield


def _first_day(config: TwilioSource, extraction: Extraction) -> date:
    """The day from which calls are read again."""
    newest: datetime | None = extraction.newest(CALLS, "date_created")
    if newest is None:
        return config.history_from
    return newest.date() - timedelta(days=config.lateness_days)
