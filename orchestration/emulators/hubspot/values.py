"""Times in the format of HubSpot."""

from datetime import UTC, date, datetime


def iso(moment: date) -> str:
    clock = moment if isinstance(moment, datetime) else datetime(*moment.timetuple()[:3], 12)
    return f"{clock.isoformat(timespec='milliseconds')}Z"


def milliseconds(moment: datetime) -> int:
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000)
