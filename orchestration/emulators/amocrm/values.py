"""Numbers and times in the format of amoCRM."""

from datetime import UTC, date, datetime


def whole(value: str | None) -> int | None:
    return None if value is None else int(value)


def unix(moment: date | None) -> int | None:
    return None if moment is None else seconds(moment)


def seconds(moment: date) -> int:
    """Seconds since 1970; a day begins at midnight UTC."""
    clock = moment.timetuple()
    return int(datetime(*clock[:6], tzinfo=UTC).timestamp())
