"""Days and times as the portal writes them: in its zone."""

from datetime import UTC, date, datetime, timedelta, timezone

_ZONE = timezone(timedelta(hours=3))


def begin(day: date) -> datetime:
    """The begin of a day in the portal's zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=_ZONE).astimezone(UTC)


def iso(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).astimezone(_ZONE).isoformat(timespec="seconds")
