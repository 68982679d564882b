"""From the statistics of Mango Office to its raw tables."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from orchestration.sources.calls.mango.api import MangoApi, listed
from orchestration.sources.calls.mango.config import MangoSource
from orchestration.sources.calls.mango.tables import CALLS, LEGS, USERS
from orchestration.sources.connectors.extraction import Extraction

# A request may span at most a month, and the shortest month has 28 days.
SLICE_DAYS = 28


def extract(config: MangoSource, extraction: Extraction) -> Iterator[None]:
    """All users, then calls with their legs by days, the oldest first."""
    with MangoApi(extraction.name, config, extraction.say) as mango:
        users = mango.users()
        extraction.pages.add(USERS, users.body, len(users.json()["users"]))
        first, last = extraction.window or (_first_day(config, extraction), extraction.as_of)
        for days in extraction.slices(first, last, SLICE_DAYS):
            extraction.say(f"calls of {days[0]} to {days[1]}")
            for calls in mango.calls(*days):
                # Calls are nested in groups, legs in calls and in legs: they are flattened.
                legs = [leg for call in calls for leg in _legs(call)]
                extraction.pages.add(CALLS, orjson.dumps(calls), len(calls))
                extraction.pages.add(LEGS, orjson.dumps(legs), len(legs))
            yield


def _first_day(config: MangoSource, extraction: Extraction) -> date:
    """The day from which calls are read again."""
    newest = [
        extraction.newest(CALLS, "context_start_time"),
        extraction.newest(LEGS, "call_start_time"),
    ]
    # A run that was killed may have landed one table and not the other.
    if None in newest:
        return config.history_from
    day = datetime.fromtimestamp(min(newest), ZoneInfo(config.time_zone)).date()
    return day - timedelta(days=config.lateness_days)


def _legs(call: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The legs of a call in the vendor's order, a group's before those of its members."""
    leg_no = 0
    for leg in listed(call.get("context_calls")):
        leg_no = group = leg_no + 1
        yield _leg(call, leg, leg_no)
        for member in listed(leg.get("members")):
            leg_no += 1
            yield _leg(call, member, leg_no, group)


def _leg(
    call: dict[str, Any], leg: dict[str, Any], no: int, group: int | None = None
) -> dict[str, Any]:
    ours = {"entry_id": call.get("entry_id"), "leg_no": no, "group_leg_no": group}
    return {name: one for name, one in leg.items() if name != "members"} | ours
