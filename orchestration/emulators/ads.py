"""What the emulators of ad cabinets share: the company's statistics by the ids of a platform."""

from collections.abc import Hashable
from datetime import date
from typing import Any

from orchestration.emulators.company import Company

# A platform's ids are numbers; the same name has the same number everywhere.
_NUMBER = "if({0} is null, null, cast(hash({0}) % 900000000 + 100000000 as varchar))"


def number(company: Company, name: str) -> str:
    """The number that the platforms have for a name of the company."""
    named = f"select {_NUMBER.format('name')} as number from (select ? as name)"
    return str(company.rows(named, name)[0]["number"])


class Stumbles:
    """Switched on, the first answer to each question has no rows although there are some."""

    def __init__(self) -> None:
        self.on = False
        self._met: set[Hashable] = set()

    def at(self, question: Hashable) -> bool:
        """Whether this is to be answered by nothing."""
        if not self.on or question in self._met:
            return False
        self._met.add(question)
        return True


def renamed(platform: str) -> str:
    """SQL of the entity's rows for one platform by its ids."""
    ids = ", ".join(
        f"{_NUMBER.format(of)} as {name}"
        for name, of in (
            ("account_id", "account_id"),
            ("campaign_id", "campaign_id"),
            # Groups of different campaigns may share a name, not an id.
            ("ad_group_id", "campaign_id || ad_group_id"),
            ("ad_id", "campaign_id || ad_id"),
        )
    )
    return f"""
        select * replace ({ids}) from ad_stats
        where platform = '{platform}'
    """


def ad_stats(company: Company, platform: str, first: date, last: date) -> list[dict[str, Any]]:
    """The rows of the entity for one platform and these days, by date and ids."""
    return company.rows(
        f"""
        from ({renamed(platform)}) where date between ? and ?
        order by date, campaign_id, ad_group_id, ad_id, keyword
        """,
        first,
        last,
    )
