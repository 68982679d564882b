"""How long the methods of Bitrix24 may work: what its answers tell is kept to."""

import re

import pytest

from orchestration.emulators.clock import QuickTime
from orchestration.sources.crm.bitrix24.working_time import WorkingTime
from orchestration.sources.http.client import Api

METHOD = "crm.deal.list"


@pytest.fixture
def time() -> QuickTime:
    return QuickTime()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def work(time: QuickTime, said: list[str]) -> WorkingTime:
    return WorkingTime(Api("http://portal", source="crm", say=said.append, clock=time.clock))


def told(operating: float, duration: float = 20.0, reset_in: float = 100.0) -> dict[str, float]:
    return {
        "finish": 1_780_000_000.5,
        "duration": duration,
        "operating": operating,
        "operating_reset_at": 1_780_000_000.5 + reset_in,
    }


def test_no_wait_before_the_first_limit_is_known(work, time):
    work.heard(METHOD, {"finish": 1_780_000_000.5, "duration": 20.0})
    assert work.room(METHOD, 50) == 50
    assert time.slept == []


def test_as_many_pages_are_asked_for_as_there_is_room_for(work, time):
    work.heard(METHOD, told(300.0))
    assert [work.room(METHOD, wanted) for wanted in (1, 5, 50)] == [1, 5, 9]
    # The dearest page counts, and each method has its own time.
    work.heard(METHOD, told(301.0, duration=1.0))
    assert work.room(METHOD, 50) == 8
    assert work.room("crm.lead.list", 50) == 50
    assert time.slept == []


def test_a_method_without_room_for_a_page_is_waited_for_until_a_part_is_forgotten(work, time, said):
    work.heard(METHOD, told(470.0))
    time.sleep(30.0)
    assert work.room(METHOD, 50) == 1
    assert time.slept[1:] == [pytest.approx(70.0, abs=20.0)]
    (sentence,) = said
    assert re.fullmatch(
        r"crm: waiting \d+ s, crm.deal.list has worked as long as the portal lets it", sentence
    )


@pytest.mark.parametrize(
    "time_of_answer",
    [told(490.0), {"finish": 1_780_000_000.5, "duration": 20.0, "operating": 470.0}],
)
def test_the_whole_window_is_waited_for_without_a_usable_reset_time(work, time, time_of_answer):
    work.heard(METHOD, time_of_answer)
    assert work.room(METHOD) == 1
    assert time.slept == [pytest.approx(600.0, abs=20.0)]
