"""What a person who waits for a long read is told."""

import pytest

from orchestration.sources.connectors import pace as module
from orchestration.sources.connectors.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_rows_rate_and_time_left(clock):
    pace = Pace()
    pace.doing, pace.rows = "crm: contacts", 4_000
    clock[0] += 100
    assert pace.line() == "crm: contacts: 4,000 rows so far, 2,400 a minute"
    # The next list, of which a tenth is read after a minute and a half.
    pace.begin()
    pace.doing, pace.rows = "deals since 2024-01-01", 13_000
    clock[0] += 90
    pace.reach(0.1)
    assert pace.line() == (
        "deals since 2024-01-01: 13,000 rows so far, 6,000 a minute, 10% of this list,"
        " some 14 min left for it"
    )
    clock[0] += 5_000
    assert pace.line().endswith("10% of this list, some 12.7 hours left for it")
    pace.reach(1.5)
    clock[0] += 60
    assert pace.line().endswith("100% of this list, less than a minute left for it")


def test_not_more_often_than_each_few_seconds(clock):
    pace = Pace()
    told = []
    for _ in range(650):
        clock[0] += 0.1
        told.append(pace.line())
    assert len([line for line in told if line]) == 4
