"""Shared by the emulators of ad platforms: the statistics of the company with the ids of a
platform."""

from collections.abc import Hashable
from datetime import date
from typing import Any

from orchestration.emulators.company import Company

# Ids of platforms are numbers; a name has the same number on all platforms.
_NUMBER = "if({0} is null, null, cast(hash({0}) % 900000000 + 100000000 as varchar))"


def number(company: Company, name: str) -> str:
    """The number of a name of the company on the platforms."""
    named = f"select {_NUMBER.format('name')} as number from (select ? as name)"
    return str(company.rows(named, name)[0]["number"])


class Stumbles:
    """If switched on, the first answer to each request is empty although there are rows."""

    def __init__(self) -> None:
        self.on = False
        self._met: set[Hashable] = set()

    def at(self, question: Hashable) -> bool:
        """Whether this request gets an empty answer."""
        if not self.on or question in self._met:
            return False
        self._met.add(question)
        return True


def renamed(platform: str) -> str:
    """SQL of the rows of the entity for one platform, with the ids of the platform."""
    ids = ", ".join(
        f"{_NUMBER.format(of)} as {name}"
        for name, of in (
            ("account_id", "account_id"),
            ("campaign_id", "campaign_id"),
            # Groups of different campaigns may have the same name, but never the same id.
            ("ad_group_id", "campaign_id || ad_group_id"),
            ("ad_id", "campaign_id || ad_id"),
        )
    )
    return f"""
        select * replace ({ids}) from ad_stats
        where platform = '{platform}'
    """


def ad_stats(company: Company, platform: str, first: date, last: date) -> list[dict[str, Any]]:
    """The rows of the entity for one platform and these days, ordered by date and ids."""
    return company.rows(
        f"""
        from ({renamed(platform)}) where date between ? and ?
        order by date, campaign_id, ad_group_id, ad_id, keyword
        """,
        first,
        last,
    )
