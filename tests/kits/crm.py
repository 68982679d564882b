"""What the tests of every CRM share: the entities that came, by key, beside the company's own; and
the cases in which all CRMs are alike."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from kits.profiles import fault_seeds
from kits.vendors import files_with, same
from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.emulators.clock import QuickTime
from orchestration.emulators.company import Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.server import serve
from orchestration.settings import load_settings

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


class CrmCases(ABC):
    """The cases in which all CRMs are alike: a class of tests for each of them inherits these.

    Its module has three fixtures: `company`; `warehouse`, in which the account `crm` was read once
    and the account `nights` some days ago and again; and `whole`, a company with a home that has
    read its account `crm` without trouble.
    """

    crm: Crm
    # The limits of the emulator that nobody may run into, by the names of its attributes.
    limits: Sequence[str]
    # The entities of which a first load is not told what belongs to deleted deals.
    forgotten: Sequence[str] = ()
    # Lines of a config, and what the sentence about them says.
    mistakes: Sequence[tuple[str, str]]
    # The secret that the account is read with.
    secret: str

    @abstractmethod
    def service(self, company: Company, now: Callable[[], float]) -> Any:
        """The emulator, with the limits of the vendor in the time that `now` tells."""

    @abstractmethod
    def land_at(self, url: str, home: Home) -> None:
        """Read the account `crm` into the home as `whole` was read."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        asked = metafunc.fixturenames
        if "entity" in asked:
            metafunc.parametrize("entity", self.crm.keys)
        if "seed" in asked:
            metafunc.parametrize("seed", fault_seeds())
        if "mistake" in asked:
            metafunc.parametrize("mistake, found", self.mistakes)

    def test_the_company_is_equal_after_the_round_trip(
        self, company: Company, warehouse: duckdb.DuckDBPyConnection, entity: str
    ) -> None:
        self.crm.assert_as_it_was(company, warehouse, entity)

    def test_nights_come_to_what_a_first_load_finds(
        self, warehouse: duckdb.DuckDBPyConnection, entity: str
    ) -> None:
        """And remember what was deleted since, where a first load is not told of it."""
        nights, first = (self.crm.rows(warehouse, name, entity) for name in ("nights", "crm"))
        if entity in self.forgotten:
            deals = self.crm.rows(warehouse, "nights", "deals").values()
            deleted = {row["deal_id"] for row in deals if row["is_deleted"]}
            assert len(deleted) > 3
            nights = {key: row for key, row in nights.items() if row["deal_id"] not in deleted}
        assert nights == first

    def test_faults_change_nothing_and_give_nothing_away(
        self,
        whole: tuple[Company, Home],
        tmp_path: Path,
        quick_time: QuickTime,
        caplog: pytest.LogCaptureFixture,
        seed: int,
    ) -> None:
        (company, clean), home = whole, Home(tmp_path)
        faults, service = Faults(seed, share=0.2), self.service(company, quick_time.now)
        with serve(Faulty(service.app, faults)) as url, caplog.at_level(logging.DEBUG):
            self.land_at(url, home)
        assert sum(faults.met.values()) >= 3
        assert [getattr(service, limit).broken for limit in self.limits] == [0] * len(self.limits)
        same(home, clean, "crm")
        people = company.rows("select phones, emails from contacts where emails is not null")
        private = [self.secret, *(text for row in people for text in row.values() if len(text) > 8)]
        assert len(private) > 50
        assert files_with(home, *private) == []
        assert not any(text in caplog.text for text in private)

    def test_a_mistake_in_the_config_is_one_sentence(
        self, tmp_path: Path, mistake: str, found: str
    ) -> None:
        path = tmp_path / "voronka.toml"
        path.write_text(
            '[business]\nname = "Shop"\ntime_zone = "Europe/Moscow"\nbase_currency = "RUB"\n'
            f"[sources.crm]\nhistory_from = 2024-01-01\n{mistake}\n"
        )
        with pytest.raises(ConfigError, match=found):
            load_settings(path)
