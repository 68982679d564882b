"""Landing of a vendor source, slice by slice: a vendor of our own making and a real warehouse."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal
from unittest.mock import Mock

import duckdb
import pytest
from pydantic import ConfigDict

from data_quality.checks import CheckContext
from data_quality.deliveries import delivery_measures
from kits.vendors import files_with, land_vendor
from orchestration.core.errors import SourceError
from orchestration.core.home import Home
from orchestration.sources import raw
from orchestration.sources.connectors import slices as landing
from orchestration.sources.connectors.base import ConnectorSource
from orchestration.sources.connectors.custom_fields import CustomFields
from orchestration.sources.connectors.extraction import Extraction
from orchestration.sources.connectors.tables import field, table

THINGS = table(
    "things",
    "",
    ("id",),
    field("id"),
    field("at", "timestamp"),
    field("size", "integer"),
    field("v", "integer"),
    version="v",
)
DAYS = table("days", "", ("date",), field("date", "date"), field("size", "integer"), time="date")
KINDS = table("kinds", "", ("id",), field("id"), replaced=True)
READ = table("read", "", ("kind",), field("kind"), field("after"), last=True)


class Vendor(ConnectorSource):
    """Delivers what `script` says."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    type: Literal["vendor"] = "vendor"
    entities: ClassVar[tuple[str, ...]] = ("calls",)
    custom: ClassVar[CustomFields] = CustomFields({"calls": ("line_phone",)}, r"\d+", "4711")
    history_from: date = date(2026, 1, 1)
    script: Callable[[Extraction], Iterator[None]]

    @property
    def tables(self):
        return (THINGS, KINDS)

    def extract(self, extraction):
        yield from self.script(extraction)


@dataclass
class Warehouse:
    home: Home

    def land(self, script: Callable[[Extraction], Iterator[None]], **options: object):
        return land_vendor(self.home, Vendor(script=script), "shop", **options)

    def query(self, query: str) -> list[tuple]:
        with duckdb.connect(self.home.warehouse, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def things(self) -> dict[str, int]:
        return dict(self.query("select id, size from raw_shop.things"))


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setattr(landing, "_SLICE_ROWS", 1)
    return Warehouse(Home(tmp_path))


def add(extraction: Extraction, one=THINGS, **sizes: object) -> None:
    """One page of things by id and size."""
    rows = [{"id": id_, "at": f"{extraction.as_of}", "size": s} for id_, s in sizes.items()]
    extraction.pages.add(one, json.dumps(rows).encode(), len(rows))


def test_slices_are_merged_and_counted_together(warehouse):
    def script(extraction):
        add(extraction, a=1, b=2)
        yield
        add(extraction, b=3, c=4, d="wide")
        yield

    loads = warehouse.land(script)
    assert warehouse.things() == {"a": 1, "b": 3, "c": 4}
    counts = {one.entity: (one.rows_delivered, one.rows_loaded) for one in loads}
    assert counts == {"vendor.things": (5, 4)}
    told = warehouse.query("select entity, rows_delivered, rows_quarantined from ledger.loads")
    assert told == [("vendor.things", 5, 1)]
    put_aside = warehouse.query("select entity, record_id, value from ledger.quarantine")
    assert put_aside == [("vendor.things", "d", "wide")]


def test_a_rejected_row_is_kept_until_it_is_readable_or_deleted(warehouse, monkeypatch):
    monkeypatch.setattr(landing, "_SLICE_ROWS", 100)

    def night(day: int, *steps: Callable[[Extraction], None], **options: object):
        def script(extraction):
            for step in steps:
                step(extraction)
            yield

        warehouse.land(script, as_of=date(2026, 7, day), **options)
        counts = warehouse.query(
            "select rows_delivered, rows_loaded, rows_quarantined, rows_superseded"
            f" from ledger.loads where as_of_date = '2026-07-0{day}'"
        )
        (counted,) = counts
        assert counted[0] == sum(counted[1:])
        refused = warehouse.query(
            "select distinct record_id, row_number from ledger.quarantine"
            f" where as_of_date = '2026-07-0{day}'"
        )
        assert counted[2] == len(refused)
        return sorted({(id_, number is None) for id_, number in refused})

    def things(**sizes: object) -> Callable[[Extraction], None]:
        return lambda extraction: add(extraction, **sizes)

    def nameless(extraction):
        extraction.pages.add(THINGS, b'[{"size": 1}, {"size": 2, "v": "x"}]', 2)

    def bad(extraction):
        extraction.pages.add(THINGS, b'[{"id": "a", "size": "wide", "v": "x"}]', 1)

    def gone(extraction):
        assert extraction.dead_letter_keys(THINGS) == {"b"}
        extraction.gone(THINGS, ["b"])

    # Two bad values of one row; another comes readable and then no more, one the other way round.
    assert night(1, bad, things(b=1), things(b="new"), things(c="?"), things(c=3)) == [
        ("a", False),
        ("b", False),
        ("c", False),
    ]
    # The same night again, a night that brings nothing of them, and one that brings it as it was.
    for day in (1, 2):
        assert night(day, things(d=4)) == [("a", True), ("b", True)]
    assert night(3, bad) == [("a", False), ("b", True)]
    # An earlier night knows it too. Rows without a key are one.
    assert night(1, things(e=5), things(a=1)) == [("b", True)]
    assert night(4, nameless, nameless) == [("", False), ("b", True)]
    assert night(5) == [("", True), ("b", True)]
    assert night(6, gone) == [("", True)]
    # Days that were refused are filled by hand.
    month = date(2026, 7, 1), date(2026, 7, 31)
    assert night(7, window=(month[0], date(2026, 7, 3))) == [("", True)]
    assert night(7, window=month) == []
    assert warehouse.query("from ledger.unsettled") == []


def test_a_refused_row_is_judged_beside_all_there_are(warehouse, monkeypatch):
    monkeypatch.setattr(landing, "_SLICE_ROWS", 1_000)

    def night(day: int, tolerance: float, **sizes: object) -> tuple[float, bool]:
        def script(extraction):
            add(extraction, **sizes)
            yield

        warehouse.land(script, as_of=date(2026, 7, day))
        asked = CheckContext(date(2026, 7, day), "EUR", "UTC", "shop", tolerance)
        (measure,) = delivery_measures(asked, [], {"vendor.things": THINGS})
        ((_, threshold, value, _),) = warehouse.query(measure.query.format(batch="ledger.loads"))
        return round(1 - value, 4), value >= float(threshold)

    good = {f"n{number}": number for number in range(99)}
    assert night(1, 0.01, **good, a="wide") == (0.01, True)
    # One of three, were it judged beside what the night brings.
    assert night(2, 0.01, b=1, c=2) == (round(1 / 102, 4), True)
    assert night(2, 0.0, b=1, c=2) == (round(1 / 102, 4), False)
    assert night(3, 0.01, d="wide", c=2) == (0.5, False)
    assert night(4, 0.0, a=1, d=2) == (0.0, True)


class Daily(Vendor):
    """Brings days whole."""

    @property
    def tables(self):
        return (DAYS,)


def test_a_refused_row_is_settled_when_its_day_comes_whole_without_it(warehouse, monkeypatch):
    monkeypatch.setattr(landing, "_SLICE_ROWS", 100)

    def night(day: int, days: range, bad: tuple[int, ...] = (), absent: int = 0) -> list[tuple]:
        def script(extraction):
            rows = [{"date": f"2026-06-{on:02}", "size": "x" if on in bad else 1} for on in days]
            del rows[:absent]
            extraction.pages.add(DAYS, json.dumps(rows).encode(), len(rows))
            first, last = (date(2026, 6, on) for on in (days[0], days[-1]))
            extraction.pages.whole(DAYS, first, last)
            yield

        land_vendor(warehouse.home, Daily(script=script), "shop", as_of=date(2026, 7, day))
        return warehouse.query(
            "select record_id, row_number is null from ledger.quarantine"
            f" where as_of_date = '2026-07-0{day}' order by 1"
        )

    assert night(1, range(1, 4), (1, 2)) == [("2026-06-01", False), ("2026-06-02", False)]
    assert night(2, range(2, 5), (3,)) == [("2026-06-01", True), ("2026-06-03", False)]
    assert night(3, range(1, 5), absent=3) == []
    assert warehouse.query("select count(*) from raw_shop.days") == [(1,)]


def test_a_rejected_row_of_a_killed_run_is_kept(warehouse, monkeypatch):
    def script(extraction):
        add(extraction, a="wide")
        yield

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(raw, "record", Mock(side_effect=KeyboardInterrupt))
        warehouse.land(script)
    warehouse.land(lambda extraction: iter(()))
    assert warehouse.query("select record_id, value from ledger.quarantine") == [("a", "wide")]


def test_a_slice_of_many_bytes_is_landed_however_few_its_rows(warehouse, monkeypatch):
    monkeypatch.setattr(landing, "_SLICE_ROWS", 1_000)
    monkeypatch.setattr(landing, "_SLICE_BYTES", 1_000)
    newest = []

    def script(extraction):
        for rows in (5, 50, 5):
            add(extraction, **{f"{rows}-{number}": rows for number in range(rows)})
            yield
            newest.append(extraction.newest(THINGS, "size"))

    warehouse.land(script)
    assert newest == [None, 50, 50]


def test_the_next_night_merges_by_key(warehouse):
    def script(extraction):
        add(extraction, a=1, b=2)
        yield

    def next_script(extraction):
        add(extraction, b=3)
        yield

    warehouse.land(script)
    warehouse.land(next_script, as_of=date(2026, 7, 1))
    assert warehouse.things() == {"a": 1, "b": 3}


def test_a_table_is_there_even_if_nothing_came(warehouse):
    warehouse.land(lambda extraction: iter(()))
    assert warehouse.things() == {}


def test_a_replaced_table_is_emptied_only_if_it_is_opened(warehouse):
    def script(extraction):
        extraction.pages.open(KINDS)
        add(extraction, KINDS, k1=0, k2=0)
        yield
        # A later slice says nothing of kinds.
        add(extraction, a=1)
        yield

    def kinds():
        return {id_ for (id_,) in warehouse.query("select id from raw_shop.kinds")}

    def nothing(extraction):
        add(extraction, b=1)
        yield

    def empty(extraction):
        extraction.pages.open(KINDS)
        yield

    warehouse.land(script)
    assert kinds() == {"k1", "k2"}
    warehouse.land(nothing)
    assert kinds() == {"k1", "k2"}
    warehouse.land(empty)
    assert kinds() == set()


def test_what_was_landed_before_a_failure_stays_and_is_counted(warehouse):
    newest = []

    def failing(extraction):
        newest.append(extraction.newest(THINGS, "size"))
        add(extraction, a=1)
        yield
        add(extraction, b=2)
        raise SourceError("shop: closed")

    for _ in range(2):
        with pytest.raises(SourceError, match="closed"):
            warehouse.land(failing)
    assert warehouse.things() == {"a": 1}
    assert warehouse.query("select rows_loaded from ledger.loads") == [(1,)]
    # The mark is read from the rows: what was not landed moves nothing.
    assert newest == [None, 1]


class Reading(Vendor):
    """Remembers how far it has read."""

    @property
    def tables(self):
        return (READ, THINGS)


def test_how_far_it_was_read_is_landed_behind_what_was_read(warehouse, monkeypatch):
    found: list[object] = []

    def script(extraction):
        found.append(extraction.rows(READ))
        add(extraction, a=1)
        after = "ab"[len(found) > 2]
        extraction.pages.add(READ, f'[{{"kind":"things","after":"{after}"}}]'.encode(), 1)
        yield

    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(raw, "upsert", killed)
        with pytest.raises(KeyboardInterrupt):
            land_vendor(warehouse.home, Reading(script=script), "shop")
    assert warehouse.things() == {"a": 1}
    for _ in range(3):
        land_vendor(warehouse.home, Reading(script=script), "shop")
    assert found == [[], [], *([{"kind": "things", "after": after}] for after in "ab")]


def test_a_source_that_fails_at_once_leaves_its_own_sentence(warehouse):
    def failing(extraction):
        raise SourceError("shop: closed")
        yield

    with pytest.raises(SourceError, match="closed"):
        warehouse.land(failing)
    assert warehouse.query("select count(*) from ledger.loads") == [(0,)]


def test_slices_cover_every_day_once(warehouse):
    read = []

    def script(extraction):
        for days in extraction.slices(date(2026, 1, 1), date(2026, 1, 10), 4):
            read.append(days)
            yield

    warehouse.land(script)
    ends = [(first.day, last.day) for first, last in read]
    assert ends == [(1, 4), (5, 8), (9, 10)]


def test_a_backfill_that_broke_off_goes_on_and_is_forgotten_when_done(warehouse):
    read: list[int] = []

    def script(extraction, breaks_at=None):
        for first, _ in extraction.slices(*extraction.window, 2):
            if first.day == breaks_at:
                raise SourceError("shop: closed")
            read.append(first.day)
            add(extraction, **{f"d{first.day}": 1})
            yield

    window = (date(2026, 1, 1), date(2026, 1, 8))
    with pytest.raises(SourceError):
        warehouse.land(lambda extraction: script(extraction, 7), window=window)
    assert read == [1, 3, 5]
    assert warehouse.things() == {"d1": 1, "d3": 1, "d5": 1}
    read.clear()
    warehouse.land(script, window=window)
    # What was landed last may be read again, what was landed before is not.
    assert read == [5, 7]
    read.clear()
    warehouse.land(script, window=window)
    assert read == [1, 3, 5, 7]


def test_a_backfill_reads_every_slice_of_every_list(warehouse):
    read: list[tuple[str, int]] = []

    def script(extraction, breaks_at=None):
        for name in "ab":
            for first, _ in extraction.slices(*extraction.window, 2, name):
                if (name, first.day) == breaks_at:
                    raise SourceError("shop: closed")
                read.append((name, first.day))
                add(extraction, **{f"{name}{first.day}": 1})
                yield

    window = (date(2026, 1, 1), date(2026, 1, 4))
    # Each slice is landed before the next is asked for.
    with pytest.raises(SourceError):
        warehouse.land(lambda extraction: script(extraction, ("b", 3)), window=window)
    assert read == [("a", 1), ("a", 3), ("b", 1)]
    read.clear()
    warehouse.land(script, window=window)
    assert read == [("b", 1), ("b", 3)]
    assert warehouse.things() == dict.fromkeys(["a1", "a3", "b1", "b3"], 1)


def test_a_backfill_leaves_no_gap_behind_the_nights(warehouse, monkeypatch):
    """The day of a thing is its size; a night reads from the newest to its own day."""
    asked: list[object] = []

    def script(extraction, breaks_at=None):
        newest = extraction.newest(THINGS, "size")
        asked.append(newest)
        first, last = (day.day for day in extraction.window or (date.min, extraction.as_of))
        for day in range(first if extraction.window else (newest or 1), last + 1):
            if day == breaks_at:
                raise SourceError("shop: closed")
            add(extraction, **{f"d{day}": day})
            yield

    def january(day):
        return date(2026, 1, day)

    def days():
        return sorted(warehouse.things().values())

    with monkeypatch.context() as patch:
        patch.setattr(landing, "_SLICE_ROWS", 2)
        for _ in range(2):
            warehouse.land(script, window=(january(5), january(6)))
        # A night that breaks off goes on where it was, though what follows is landed.
        with pytest.raises(SourceError):
            warehouse.land(lambda extraction: script(extraction, 3), as_of=january(7))
    monkeypatch.setattr(landing, "_SLICE_ROWS", 100)
    assert days() == [1, 2, 5, 6]
    asked.clear()
    # It is no end to read up to a day before those of the backfill.
    warehouse.land(script, as_of=january(4))
    warehouse.land(script, as_of=january(7))
    assert (asked, days()) == ([2, 4], [1, 2, 3, 4, 5, 6, 7])
    # Some nights did not come, and the last of their days were brought.
    warehouse.land(script, window=(january(10), january(11)))
    asked.clear()
    warehouse.land(script, as_of=january(12))
    assert (asked, days()) == ([7], list(range(1, 13)))
    asked.clear()
    warehouse.land(script, as_of=january(13))
    assert asked == [12]


def test_a_killed_load_leaves_nothing_and_the_next_one_goes_on(warehouse):
    client = "anna.k@example.org"

    def script_of(**sizes):
        def script(extraction):
            add(extraction, **sizes)
            yield

        return script

    warehouse.land(script_of(a=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw, "_evolve", _kill)
        with pytest.raises(KeyboardInterrupt):
            warehouse.land(script_of(**{client: 2}))
    assert files_with(warehouse.home, client) == []
    assert warehouse.home.state.stat().st_mode & 0o777 == 0o700
    assert warehouse.things() == {"a": 1}
    warehouse.land(script_of(b=3))
    assert warehouse.things() == {"a": 1, "b": 3}


def _kill(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_row_dated_ahead_hides_no_later_changes(warehouse):
    """An integration may write the time of change itself, in another zone or in milliseconds."""
    now = datetime.now(UTC).replace(tzinfo=None)
    newest = now - timedelta(minutes=5)

    def first(extraction):
        dated = {"a": newest, "b": now + timedelta(hours=3), "c": datetime(2099, 1, 1)}
        rows = [{"id": id_, "at": f"{at}", "size": 1} for id_, at in dated.items()]
        extraction.pages.add(THINGS, json.dumps(rows).encode(), len(rows))
        yield

    def later(extraction):
        assert extraction.newest(THINGS, "at") == newest
        yield

    warehouse.land(first)
    warehouse.land(later)
    # A backfill keeps the marks in a file, and the nights move them there.
    warehouse.land(first, window=(date(2026, 1, 1), date(2026, 12, 31)))
    warehouse.land(first)
    warehouse.land(later)
    assert warehouse.things() == {"a": 1, "b": 1, "c": 1}
