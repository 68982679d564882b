"""What the tests of every CRM share: the entities that came, by key, beside the company's own."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import duckdb

from orchestration.core.home import Home
from orchestration.emulators.company import Company

Rows = dict[tuple, dict[str, Any]]


@dataclass(frozen=True)
class Crm:
    """A CRM by its emulator's module. `keys`: the columns that its rows are known by, by entity.
    `place`: where the rows of an entity stand."""

    emulator: ModuleType
    keys: Mapping[str, Sequence[str]]
    place: str = "landing.{}"

    def keyed(self, entity: str, found: Iterable[dict[str, Any]]) -> Rows:
        """Rows by their key, which no two of them share; there are some."""
        found = list(found)
        by_key = {tuple(row[key] for key in self.keys[entity]): row for row in found}
        assert len(by_key) == len(found) > 0
        return by_key

    def rows(
        self,
        warehouse: duckdb.DuckDBPyConnection,
        account: str,
        entity: str,
        which: str = "true",
    ) -> Rows:
        """The rows that came of an account."""
        cursor = warehouse.execute(
            "select columns(c -> c not in ('source', '_file', '_row'))"
            f" from {self.place.format(entity)} where source = ? and {which}",
            [account],
        )
        names = [column[0] for column in cursor.description]
        found = (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
        return self.keyed(entity, found)

    def assert_as_it_was(
        self, company: Company, warehouse: duckdb.DuckDBPyConnection, entity: str
    ) -> None:
        """What came of account `crm` is the company's own, as the emulator's `RENAMED`,
        `NOT_CARRIED` and `BESIDES` tell of it."""
        renamed, not_carried = self.emulator.RENAMED, self.emulator.NOT_CARRIED
        besides = f"coalesce({self.emulator.BESIDES.get(entity, 'false')}, false)"
        came = self.rows(warehouse, "crm", entity, f"not {besides}")
        own = self.keyed(entity, company.rows(renamed[entity]))
        if entity in self.emulator.BESIDES:
            assert self.rows(warehouse, "crm", entity, besides)
        assert came.keys() == own.keys()
        for key, row in came.items():
            expected = own[key] | dict.fromkeys(not_carried.get(entity, ()))
            for name in row:
                assert row[name] == expected[name], f"{name} of {key}"

    def assert_calls_are_linked(
        self, company: Company, warehouse: duckdb.DuckDBPyConnection
    ) -> None:
        """What account `crm` links to calls of telephony is what the company links."""
        vendor = self.emulator.__name__.rsplit(".", 1)[-1]
        links = warehouse.execute(
            f"select session_id, lead_id, deal_id, updated_at from staging.stg_{vendor}__call_links"
            " where source = 'crm' order by 1"
        ).fetchall()
        own = company.rows(f"from ({self.emulator.RENAMED['call_links']}) order by 1")
        assert links == [tuple(row.values()) for row in own] != []


def read_three_times(
    home: Home, company: Company, service: Any, land: Callable[[Home, Any, str], object]
) -> list[Counter[str]]:
    """Read the account `nights` some days ago and again today, and the account `crm` today.

    Returns the requests of each of the three, counted by the service.
    """
    asked = []
    with company.earlier():
        land(home, service, "nights")
    for name in ("nights", "crm"):
        asked.append(service.asked.copy())
        service.asked.clear()
        land(home, service, name)
    return [*asked, service.asked.copy()]
