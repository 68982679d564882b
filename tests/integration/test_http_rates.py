"""Rates against real servers that count strictly: not one request too many, nine tenths used."""

import random
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from kits.http import Asked, Reply, SteppedTime, Vendor, vendor
from orchestration.sources.http import client, rates
from orchestration.sources.http import shared as shared_module
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import LimitReachedError, Rate, RateLimiter
from orchestration.sources.http.shared import SharedUse

TOO_MANY = Reply(429, b"<html>429</html>", {"Content-Type": "text/html"})


def sliding(*rates: Rate, answer_takes: float = 0.02) -> Callable[[Asked], Reply]:
    """Count what arrived in the last seconds of each rate, to the microsecond."""
    arrived = {rate: deque[float]() for rate in rates}
    jitter = random.Random(7)

    def answer(asked: Asked) -> Reply:
        for rate, moments in arrived.items():
            if rate.name in asked.target:
                while moments and moments[0] <= asked.at - rate.seconds:
                    moments.popleft()
                moments.append(asked.at)
                if len(moments) > rate.count:
                    return TOO_MANY
        return Reply(seconds=jitter.uniform(0, 2 * answer_takes))

    return answer


def leaky(burst: int, leak: float) -> Callable[[Asked], Reply]:
    """A bucket that runs over at once."""
    level, before = 0.0, 0.0

    def answer(asked: Asked) -> Reply:
        nonlocal level, before
        level = max(0.0, level - (asked.at - before) * leak) + 1
        before = asked.at
        return TOO_MANY if level > burst else Reply()

    return answer


def used(server: Vendor, rate: Rate) -> float:
    """The share of the allowed rate that was used, over as many whole windows as there were."""
    windows = (len(server.asked) - 1) // rate.count
    took = server.asked[windows * rate.count].at - server.asked[0].at
    return windows * rate.seconds / took


def test_seven_a_second_for_ten_seconds() -> None:
    rate = Rate(7, 1)
    with vendor(sliding(rate)) as crm, Api(crm.url, source="crm", rates=[rate]) as api:
        for page in range(71):
            api.get("leads", {"page": page})
    # A request that was refused would have come again.
    assert len(crm.asked) == 71
    assert used(crm, rate) >= 0.9


def test_answers_that_take_all_the_time_there_is() -> None:
    rate = Rate(7, 0.7)
    server = sliding(rate, answer_takes=0.07)
    with vendor(server) as crm, Api(crm.url, source="crm", rates=[rate]) as api:
        for _ in range(36):
            api.get("leads")
    assert len(crm.asked) == 36


def test_several_windows_and_one_of_a_kind_of_call() -> None:
    second, longer, reports = Rate(20, 0.5), Rate(50, 2), Rate(1, 0.4, name="report")
    with (
        vendor(sliding(second, longer, reports)) as pbx,
        Api(pbx.url, source="calls", rates=[second, longer]) as api,
    ):
        for number in range(101):
            if number % 20 == 0:
                api.post("report", json={}, rate=reports)
            else:
                api.get("users")
    assert len(pbx.asked) == 101
    assert used(pbx, longer) >= 0.9


def test_a_leaky_bucket_ten_times_as_fast() -> None:
    with (
        vendor(leaky(50, 20)) as crm,
        Api(crm.url, source="crm", rates=[Rate(20, 1, burst=50)]) as api,
    ):
        began = time.monotonic()
        for _ in range(45):
            api.get("crm.deal.list")
        burst = time.monotonic() - began
        for _ in range(60):
            api.get("crm.deal.list")
        took = time.monotonic() - began
    assert len(crm.asked) == 105
    assert burst < 2
    assert 60 / took >= 0.9 * 20


def ask_side_by_side(apis: list[Api], time: SteppedTime, requests: int) -> None:
    """As many threads as there are clients, each with its part of the requests."""

    def ask(number: int) -> None:
        try:
            for _ in range(number, requests, len(apis)):
                apis[number].get("page")
        finally:
            time.end()

    with ThreadPoolExecutor(len(apis)) as pool:
        list(pool.map(ask, range(len(apis))))


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> SteppedTime:
    """The time of four threads, which is that of all limits too."""
    time = SteppedTime(4)
    monkeypatch.setattr(rates, "Clock", lambda: time.clock)
    monkeypatch.setattr(client, "Clock", lambda: time.clock)
    monkeypatch.setattr(rates, "_accounts", {})
    return time


def test_all_sources_of_an_account_share_its_limits(stepped: SteppedTime) -> None:
    rate = Rate(10, 1)
    server = sliding(rate, answer_takes=0)
    with vendor(server, stepped.clock.now) as crm:
        apis = [
            Api(crm.url, source=source, account=f"acme at {crm.url}", rates=[rate])
            for source in ("leads", "calls", "leads", "calls")
        ]
        ask_side_by_side(apis, stepped, 41)
    assert len(crm.asked) == 41
    assert used(crm, rate) >= 0.9


def test_two_accounts_of_a_vendor_have_limits_of_their_own(stepped: SteppedTime) -> None:
    rate = Rate(10, 1)
    with vendor(sliding(Rate(20, 1), answer_takes=0), stepped.clock.now) as crm:
        apis = [
            Api(crm.url, source="leads", account=account, rates=[rate])
            for account in ("acme", "bell", "acme", "bell")
        ]
        ask_side_by_side(apis, stepped, 81)
    assert len(crm.asked) == 81
    assert used(crm, Rate(20, 1)) >= 0.9


@pytest.mark.parametrize("rate", [Rate(10, 1), Rate(3, 20), Rate(5, 1, burst=20)])
def test_processes_share_the_limits_of_an_account(
    stepped: SteppedTime, tmp_path: Path, rate: Rate
) -> None:
    server = (
        leaky(rate.burst, rate.count / rate.seconds)
        if rate.burst
        else sliding(rate, answer_takes=0)
    )
    with vendor(server, stepped.clock.now) as crm:
        # Each limiter is what a process of its own has.
        apis = [Api(crm.url, source="crm", rates=[rate]) for _ in range(4)]
        for api in apis:
            api._limiter = RateLimiter(
                stepped.clock, SharedUse(tmp_path / "limits", "acme", stepped.clock)
            )
        ask_side_by_side(apis, stepped, 61)
    # A request that was refused would have come again.
    assert len(crm.asked) == 61
    if not rate.burst:
        assert used(crm, rate) >= 0.85
    assert (tmp_path / "limits").stat().st_mode & 0o777 == 0o700


def test_a_process_that_died_with_the_lock_or_half_a_file_blocks_nobody(tmp_path: Path) -> None:
    time = SteppedTime(1)
    code = (
        "import os, signal, sys; from filelock import FileLock; FileLock(sys.argv[1]).acquire();"
        " os.kill(os.getpid(), signal.SIGKILL)"
    )
    shared = SharedUse(tmp_path, "acme", time.clock)
    (lock,) = {f"{shared._path}.lock"}
    assert subprocess.run([sys.executable, "-c", code, lock], check=False).returncode < 0
    shared._path.write_bytes(b'{"times": {"')
    limits = RateLimiter(time.clock, shared)
    for _ in range(3):
        limits.take([Rate(3, 60)], 0, lambda wait: None)
    with pytest.raises(LimitReachedError):
        RateLimiter(time.clock, SharedUse(tmp_path, "acme", time.clock)).take(
            [Rate(3, 60)], 30, lambda wait: None
        )


def test_a_lock_that_is_held_for_long_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_module, "_PATIENCE", 0.05)
    time = SteppedTime(1)
    shared = SharedUse(tmp_path, "acme", time.clock)
    with FileLock(f"{shared._path}.lock"):
        RateLimiter(time.clock, shared).take([Rate(3, 60)], 0, lambda wait: None)


def test_what_the_vendor_tells_one_caller_all_of_them_heed(tmp_path: Path) -> None:
    time = SteppedTime(1)
    rate = Rate(100, 1)
    one, other = (
        RateLimiter(time.clock, SharedUse(tmp_path, "acme", time.clock)) for _ in range(2)
    )
    one.silence([rate], 10)
    waits: list[float] = []
    other.take([rate], 60, waits.append)
    assert waits == [pytest.approx(10)]
