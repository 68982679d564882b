"""Rates against real servers that count strictly: not one request too many, nine tenths used."""

import random
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kits.http import Asked, Reply, Vendor, vendor
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import Rate

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


def test_all_sources_of_an_account_share_its_limits() -> None:
    rate = Rate(10, 1)
    with vendor(sliding(rate)) as crm, ThreadPoolExecutor(4) as pool:
        apis = [
            Api(crm.url, source=source, account=f"acme at {crm.url}", rates=[rate])
            for source in ("leads", "calls")
        ]
        list(pool.map(lambda number: apis[number % 2].get("page"), range(41)))
    assert len(crm.asked) == 41
    assert used(crm, rate) >= 0.9
