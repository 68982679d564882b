"""Which spans of time a portal's lists are asked for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orchestration.sources.crm.bitrix24.spans import (
    CROWDED_ROWS,
    ROWS_AT_ONCE,
    SLICE_DAYS,
    parts,
    spans,
)

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
MONTH = timedelta(days=SLICE_DAYS)


@dataclass
class Portal:
    """`moments`: when the rows of its list changed. `unknown`: months that it does not count."""

    moments: list[datetime]
    unknown: set[int] = field(default_factory=set)
    now: datetime = NOW
    requests: int = 0

    def _rows(self, asked: dict) -> int:
        assert asked["select"] == ["ID"]
        return sum(asked["from"] <= moment <= asked["to"] for moment in self.moments)

    def count(self, method: str, asked: dict) -> int:
        self.requests += 1
        return self._rows(asked)

    def counts(self, method: str, questions: list[dict]) -> list[int | None]:
        self.requests += -(-len(questions) // 50)
        return [None if n in self.unknown else self._rows(one) for n, one in enumerate(questions)]


def found(portal: Portal, begin: datetime) -> list[tuple[datetime, datetime]]:
    def asked(since: datetime, until: datetime) -> dict:
        return {"from": since, "to": until}

    return list(spans(portal, "crm.deal.list", asked, begin))


def test_a_young_portal_is_asked_for_no_empty_month():
    portal = Portal([NOW - timedelta(days=days) for days in range(500)])
    begin = datetime(2011, 1, 1, tzinfo=UTC)
    told = found(portal, begin)
    # All that is older than the last month at once, and the last month.
    assert len(told) == 2 and portal.requests == 1
    assert told[0] == (begin, told[1][0]) and told[1][1] == NOW


def test_a_list_that_is_not_used_is_asked_for_the_last_month_alone():
    portal = Portal([])
    told = found(portal, datetime(2011, 1, 1, tzinfo=UTC))
    assert portal.requests == 1
    assert [until for _, until in told] == [NOW]


def test_a_night_requests_new_rows_without_counting():
    portal = Portal([NOW])
    assert found(portal, NOW - timedelta(days=1)) == [(NOW - timedelta(days=1), NOW)]
    assert portal.requests == 0


@given(
    days=st.lists(st.integers(0, 2000), max_size=30),
    crowded=st.lists(st.integers(0, 2000), max_size=3),
    unknown=st.sets(st.integers(0, 70), max_size=5),
)
def test_every_row_is_in_a_span_and_only_a_month_alone_holds_much(days, crowded, unknown):
    begin = NOW - timedelta(days=2001)
    moments = [begin + timedelta(days=day, hours=1) for day in days]
    moments += [begin + timedelta(days=day, hours=1) for day in crowded for _ in range(1200)]
    told = found(Portal(moments, unknown), begin)
    for moment in {*moments}:
        assert any(since <= moment <= until for since, until in told)
    for (since, until), following in zip(told, [*told[1:], None], strict=True):
        assert since <= until
        assert following is None or until <= following[0]
        rows = sum(since <= moment <= until for moment in moments)
        assert rows <= ROWS_AT_ONCE or until - since <= MONTH


def test_a_mass_change_is_divided_by_its_rows():
    """All rows of the portal changed within six hours, many of them within one second."""
    began = NOW - timedelta(days=3)
    moments = [began + timedelta(seconds=second // 4) for second in range(80_000)]
    moments += [began + timedelta(hours=7)] * 50_000
    portal = Portal(moments)
    told = list(
        parts(portal, "crm.deal.list", lambda *span: {"from": span[0], "to": span[1]}, (began, NOW))
    )
    rows = [sum(since <= moment <= until for moment in moments) for since, until in told]
    for count, (since, until) in zip(rows, told, strict=True):
        assert 0 < count <= CROWDED_ROWS or until - since <= timedelta(minutes=1)
    assert len(told) < 20 and portal.requests < 20
    # A second between two parts is in both.
    assert 0 <= sum(rows) - len(moments) < 50
    assert told == sorted(told)
