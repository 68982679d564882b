"""The law of rates, on a clock that takes no time: whatever the limits and however calls come,
no window of a strict server ever holds more than it allows, and a caller in a hurry uses it up."""

import random
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.sources.http.clock import Clock
from orchestration.sources.http.rates import LimitReachedError, Rate, RateLimiter, Ticket

windows = st.builds(
    Rate,
    count=st.integers(1, 30),
    seconds=st.sampled_from([0.5, 1.0, 2.0, 10.0, 60.0]),
)
buckets = st.builds(
    Rate,
    count=st.integers(1, 5),
    seconds=st.just(1.0),
    burst=st.integers(20, 60),
)
# Longer than this after it has left, no request arrives: a share of the shortest window.
LATEST = 0.069
CALLS = 200


class Server:
    """A clock of our own, and the moments at which a server saw the requests."""

    def __init__(self, seed: int, latest: float = 0.0, oversleeps: float = 0.004) -> None:
        self.now = 1000.0
        self._latest = latest
        self._oversleeps = oversleeps
        self.arrivals: list[float] = []
        self.limits = RateLimiter(Clock(now=lambda: self.now, sleep=self.sleep))
        self._random = random.Random(seed)

    def sleep(self, seconds: float) -> None:
        """A sleeper may be woken late, and is never woken early."""
        self.now += seconds + self._random.choice([0.0, 0.0, self._oversleeps])

    def call(self, rates: list[Rate], answer_takes: float) -> None:
        """Connect, write, arrive at some time, answer at some time."""
        ticket = self.limits.take(rates, float("inf"), lambda wait: None)
        self.now += self._random.choice([0.0, 0.0, 0.0, 0.3])
        ticket.wrote()
        on_the_way = self._random.choice([0.0, self._latest])
        self.arrivals.append(self.now + on_the_way)
        self.now += on_the_way + answer_takes
        ticket.heard()


def most_in_a_window(arrivals: list[float], seconds: float) -> int:
    arrivals = sorted(arrivals)
    return max(
        index - bisect_left(arrivals, last - seconds) + 1 for index, last in enumerate(arrivals)
    )


def highest_level(arrivals: list[float], rate: Rate) -> float:
    level, highest, before = 0.0, 0.0, 0.0
    for at in sorted(arrivals):
        level = max(0.0, level - (at - before) * rate.count / rate.seconds) + 1
        highest, before = max(highest, level), at
    return highest


@given(
    rates=st.lists(windows, min_size=1, max_size=3, unique=True),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.4, 3.0]), min_size=1, max_size=20),
    answers=st.lists(st.sampled_from([0.0, 0.01, 0.2, 2.0]), min_size=1, max_size=5),
    seed=st.integers(0, 1000),
)
def test_no_window_ever_holds_too_much(
    rates: list[Rate], pauses: list[float], answers: list[float], seed: int
) -> None:
    server = Server(seed, LATEST * min(rate.seconds for rate in rates))
    for index in range(CALLS):
        server.now += pauses[index % len(pauses)]
        server.call(rates, answers[index % len(answers)])
    for rate in rates:
        assert most_in_a_window(server.arrivals, rate.seconds) <= rate.count


@given(
    rate=buckets,
    pauses=st.lists(st.sampled_from([0.0] * 9 + [1.0, 20.0]), min_size=1, max_size=20),
    seed=st.integers(0, 1000),
)
def test_no_bucket_ever_runs_over(rate: Rate, pauses: list[float], seed: int) -> None:
    server = Server(seed, LATEST)
    for index in range(CALLS):
        server.now += pauses[index % len(pauses)]
        server.call([rate], 0.0)
    assert highest_level(server.arrivals, rate) <= rate.burst


@given(rate=windows, share=st.floats(0.0, 0.99))
def test_a_caller_in_a_hurry_uses_nine_tenths(rate: Rate, share: float) -> None:
    """One caller, whose answers take up to all the time that the rate leaves for each."""
    server = Server(0, oversleeps=0.0)
    calls = rate.count * 40
    began = server.now
    for _ in range(calls):
        ticket = server.limits.take([rate], float("inf"), lambda wait: None)
        ticket.wrote()
        server.now += share * rate.seconds / rate.count
        ticket.heard()
    # The first window's worth goes at once.
    assert (calls - rate.count) / (server.now - began) >= 0.9 * rate.count / rate.seconds


@given(rate=buckets)
def test_a_bucket_gives_its_burst_at_once_and_then_its_leak(rate: Rate) -> None:
    server = Server(0, oversleeps=0.0)
    assert rate.burst
    began, at_once = server.now, 0
    with pytest.raises(LimitReachedError):
        while True:
            server.limits.take([rate], 0.0, lambda wait: None)
            at_once += 1
    assert 0.9 * rate.burst - 1 < at_once <= rate.burst
    for _ in range(200):
        server.limits.take([rate], float("inf"), lambda wait: None)
    assert 200 / (server.now - began) >= 0.9 * rate.count / rate.seconds


def test_a_window_opens_when_the_request_can_no_longer_be_on_its_way() -> None:
    now = 0.0
    ticket = Ticket(Clock(now=lambda: now))
    assert ticket.leaves(10.0, now) == pytest.approx(10.1)
    assert ticket.leaves(10.0, 20.0) > 20.0, "it was not sent yet: look again later"
    now = 21.0
    ticket.wrote()
    assert ticket.leaves(10.0, now) == pytest.approx(21.7 + 10.1)
    now = 21.2
    ticket.heard()
    assert ticket.leaves(10.0, now) == pytest.approx(21.2 + 10.1)


def test_rates_of_another_name_are_counted_apart() -> None:
    limits = RateLimiter(Clock(now=lambda: 0.0))
    for name in ("calls", "users"):
        limits.take([Rate(1, 2, name=name)], 0, lambda wait: None)
    with pytest.raises(LimitReachedError, match=r"the limit of 1 requests in 2 s is used up"):
        limits.take([Rate(1, 2, name="calls")], 0, lambda wait: None)
