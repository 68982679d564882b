"""Days and times in the format and zone of the portal."""

from datetime import UTC, date, datetime, timedelta, timezone

_ZONE = timezone(timedelta(hours=3))


def begin(day: date) -> datetime:
    """The UTC time at which a day begins in the zone of the portal."""
    return datetime(day.year, day.month, day.day, tzinfo=_ZONE).astimezone(UTC)


def iso(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).astimezone(_ZONE).isoformat(timespec="seconds")
