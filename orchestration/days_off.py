"""The days on which a country does not work, from the package `holidays`."""

from datetime import date, timedelta

# No CRM is older.
_FIRST_YEAR = 1990


def days_off(country: str, region: str | None, last_year: int) -> list[date]:
    """The days off from 1990 to the end of `last_year`: the weekends of the country and its public
    holidays, moved ones included. A Saturday that is worked in place of another day is none.

    `country`: ISO 3166-1 alpha-2. `region`: a part of it with holidays of its own, the second part
    of its code in ISO 3166-2. Empty if nothing is known of the country.
    """
    import holidays

    if country not in regions():
        return []
    years = range(_FIRST_YEAR, last_year + 1)
    calendar = holidays.country_holidays(country, subdiv=region, years=years)
    first = date(_FIRST_YEAR, 1, 1)
    days = (
        first + timedelta(number) for number in range((date(last_year, 12, 31) - first).days + 1)
    )
    return [day for day in days if not calendar.is_working_day(day)]


def public_holidays(country: str, region: str | None, year: int) -> int:
    """How many days of a year are public holidays, those on weekends included; 0: not known."""
    import holidays

    if country not in regions():
        return 0
    return len(holidays.country_holidays(country, subdiv=region, years=year))


def regions() -> dict[str, list[str]]:
    """By country whose holidays are known, its parts with holidays of their own."""
    import holidays

    return holidays.list_supported_countries()
