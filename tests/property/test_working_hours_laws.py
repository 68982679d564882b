"""Laws of the time that a lead waits, for any moments in any zone: it is what a stop-watch shows
that runs while the company is open, so it is never negative, never longer than by the calendar, and
two waits in a row add up."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

# Both changes of clocks of 2026, in Europe and in America, lie in these days.
FIRST, LAST = date(2026, 3, 1), date(2026, 11, 10)
DAYS = [FIRST + timedelta(days=passed) for passed in range((LAST - FIRST).days + 1)]

companies = [
    ("Europe/Berlin", "09:00", "18:00"),
    ("Europe/Berlin", "00:00", "24:00"),
    ("America/New_York", "08:30", "20:00"),
    ("Asia/Kolkata", "10:00", "24:00"),
]
# A margin of a day keeps every moment inside the calendar whatever the zone.
moments = st.datetimes(
    datetime(2026, 3, 2), datetime(2026, 11, 9), timezones=st.just(UTC)
) | st.sampled_from(
    # Around the changes of clocks.
    [
        datetime(2026, month, day, hour, 59, 59, tzinfo=UTC)
        for month, day in ((3, 8), (3, 29), (10, 25), (11, 1))
        for hour in range(24)
    ]
)


@pytest.fixture(scope="module", params=companies, ids=lambda company: " ".join(company))
def company(request, compile_models):
    """A warehouse in memory, its models, and the zone and hours they are compiled for."""
    zone, opens, closes = request.param
    minutes = {"opens_minute": minute_of_day(opens), "closes_minute": minute_of_day(closes)}
    given = ("int_dates__spine", "int_leads__surviving", "int_leads__deals")
    given += ("int_calls__sessions", "int_leads__phoned", "int_leads__written")
    variables = {"as_of": str(LAST), "time_zone": zone, **minutes}
    compiled = compile_models("int_leads__contacted", given=given, **variables)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            """
            create schema intermediate;
            create table intermediate.int_dates__spine (date date, is_workday boolean);
            create table intermediate.int_leads__surviving (lead_id text, created_at timestamp);
            create table intermediate.int_leads__deals
            (lead_id text, deal_id text, lead_no integer);
            create table intermediate.int_calls__sessions
            (lead_id text, deal_id text, started_at timestamp, direction text, status text);
            create table intermediate.int_leads__phoned as from intermediate.int_calls__sessions;
            create table intermediate.int_leads__written (lead_id text, sent_at timestamp,
            direction text, is_contact boolean, matched_by text);
            """
        )
        yield connection, compiled, ZoneInfo(zone), minutes


def minute_of_day(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


@given(
    triples=st.lists(st.tuples(moments, moments, moments).map(sorted), min_size=1, max_size=8),
    days_off=st.sets(st.sampled_from(DAYS), max_size=150),
)
def test_a_wait_is_what_a_stop_watch_shows_in_working_hours(company, triples, days_off):
    connection, compiled, zone, minutes = company
    shifts = [shift(day, zone, **minutes) for day in DAYS if day not in days_off]
    calendar = [{"date": day, "is_workday": day not in days_off} for day in DAYS]
    created, calls = [], []
    for number, (first, second, third) in enumerate(triples):
        for name, start, attempt in ((f"{number}", first, second), (f"{number}+", second, third)):
            created.append({"lead_id": name, "created_at": start.replace(tzinfo=None)})
            for moment, direction, status in (
                (attempt, "out", "missed"),
                (third, "in", "answered"),
            ):
                call = {"lead_id": name, "started_at": moment.replace(tzinfo=None)}
                calls.append(call | {"direction": direction, "status": status})
    fill(connection, "intermediate.int_dates__spine", calendar)
    fill(connection, "intermediate.int_leads__surviving", created)
    fill(connection, "intermediate.int_calls__sessions", calls)
    for name, sql in compiled:
        connection.execute(f"create or replace table {name} as {sql}")
    found = {
        lead_id: minutes_found
        for lead_id, *minutes_found in connection.sql(
            """
            select lead_id, speed_to_lead_minutes, speed_to_contact_minutes, age_minutes
            from intermediate.int_leads__contacted
            """
        ).fetchall()
    }
    assert len(found) == 2 * len(triples)
    end = datetime(2027, 1, 1, tzinfo=UTC)
    for number, (first, second, third) in enumerate(triples):
        attempt, contact, age = found[f"{number}"]
        rest, _, _ = found[f"{number}+"]
        assert attempt == pytest.approx(watched(first, second, shifts), abs=1e-6)
        assert contact == pytest.approx(watched(first, third, shifts), abs=1e-6)
        assert age == pytest.approx(watched(first, end, shifts), abs=1e-6)
        assert 0 <= attempt <= (second - first).total_seconds() / 60 + 1e-6
        assert attempt + rest == pytest.approx(contact, abs=1e-6)


def shift(day: date, zone: ZoneInfo, opens_minute: int, closes_minute: int):
    """When a day's work begins and ends, in UTC."""
    return tuple(
        (datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute))
        .replace(tzinfo=zone)
        .astimezone(UTC)
        for minute in (opens_minute, closes_minute)
    )


def watched(start: datetime, end: datetime, shifts: list[tuple[datetime, datetime]]) -> float:
    """The minutes of all shifts that lie between two moments, shift by shift."""
    overlaps = (min(end, closes) - max(start, opens) for opens, closes in shifts)
    return sum((max(part, timedelta()) for part in overlaps), timedelta()).total_seconds() / 60


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    connection.execute(f"truncate {table}")
    schema = connection.table(table).to_arrow_table().schema
    connection.register("rows", pa.Table.from_pylist(rows, schema=schema))
    connection.execute(f"insert into {table} from rows")
