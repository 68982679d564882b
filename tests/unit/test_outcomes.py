"""Calls of which nobody can say whether they were answered, and those whose empty cells say it."""

import duckdb
import pytest

from data_quality.links import outcomes
from orchestration.core.entities import ENTITIES

RINGING = (None, None, None)
TALKED, ANSWERED = (None, None, 60), (None, "2026-06-30 12:00:05", None)
NO_TALK, MISSED = (None, None, 0), ("missed", None, None)


def untold(calls: list[tuple], direction: str = "in") -> int:
    """How many of the calls (result, answered_at, talk_seconds) the rule counts."""
    (rule,) = outcomes(ENTITIES["calls"])
    with duckdb.connect() as connection:
        connection.execute(
            "create table calls (_file varchar, direction varchar, result varchar,"
            " answered_at timestamp, talk_seconds bigint)"
        )
        rows = [("calls.csv", direction, *call) for call in calls]
        connection.executemany("insert into calls values (?, ?, ?, ?, ?)", rows)
        query = f"from calls where {rule.expects.format(batch='calls')}"
        return len(connection.execute(query).fetchall())


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([RINGING, RINGING, RINGING], 3),
        ([MISSED, RINGING, RINGING], 2),
        # The source tells results: talk of another call does not tell how this one ended.
        ([MISSED, TALKED, RINGING], 1),
        # An empty cell is how such a source says that nobody answered.
        ([TALKED, RINGING], 0),
        ([ANSWERED, RINGING], 0),
        ([NO_TALK, NO_TALK], 0),
        ([MISSED, MISSED], 0),
    ],
)
def test_calls_that_tell_no_outcome_are_counted(calls, expected):
    assert untold(calls) == expected


def test_talk_among_colleagues_is_no_matter():
    assert untold([RINGING], "internal") == 0


def test_no_other_entity_has_calls():
    assert [name for name, entity in ENTITIES.items() if [*outcomes(entity)]] == ["calls"]
