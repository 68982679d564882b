"""The cases in which all CRMs are alike."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest

from kits.crm import Crm
from kits.profiles import fault_seeds
from kits.vendors import files_with, land_vendor, same
from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.emulators.clock import QuickTime
from orchestration.emulators.company import Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.server import serve
from orchestration.settings import load_settings
from orchestration.sources.connectors.base import ConnectorSource

OTHER = "ofothers987654321"


class CrmCases(ABC):
    """A class of tests for each CRM inherits these.

    Its module has three fixtures: `company`; `warehouse`, in which the account `crm` was read once
    and the account `nights` some days ago and again; and `whole`, a company with a home that has
    read its account `crm` without trouble.
    """

    crm: Crm
    # The emulator of a company whose limits no test has to wait for. Keywords are its own.
    quick: ClassVar[Callable[..., Any]]
    # The limits of the emulator that nobody may run into, by the names of its attributes.
    limits: Sequence[str]
    # The entities of which a first load is not told what is deleted or belongs to deleted deals.
    forgotten: Sequence[str] = ()
    # Lines of a config, and what the sentence about them says.
    mistakes: Sequence[tuple[str, str]]
    # The secret that the account is read with, and the error about another secret (a pattern).
    secret: str
    refused: str
    # The days of a backfill; the time column of its raw tables, by table; and messages that it
    # prints while it reads.
    window: tuple[date, date] = (date(2025, 3, 1), date(2025, 4, 15))
    times: Mapping[str, str]
    slices: frozenset[str] = frozenset()
    # The prefix of the environment variables of an OAuth client.
    variables: str

    @abstractmethod
    def service(self, company: Company, now: Callable[[], float]) -> Any:
        """The emulator, with the limits of the vendor in the time that `now` tells."""

    @abstractmethod
    def configured(
        self, patch: pytest.MonkeyPatch, url: str, secret: str, **options: Any
    ) -> ConnectorSource:
        """The config of the account that `whole` was read from. `url`: the address of the emulator;
        the secret is put into the environment."""

    @abstractmethod
    def oauth(self, url: str) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """Options of the same account with OAuth, and the keys of its section `oauth` besides the
        names of variables."""

    def assert_backfilled(self, warehouse: duckdb.DuckDBPyConnection) -> None:  # noqa: B027
        """Assert what else holds after a backfill of this CRM."""

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
            if entity == "tasks":
                kept = {key: row for key, row in nights.items() if not row["is_deleted"]}
                assert len(nights) > len(kept)
            else:
                kept = {key: r for key, r in nights.items() if r["deal_id"] not in deleted}
            nights = kept
        assert nights == first

    def test_faults_change_nothing_and_give_nothing_away(
        self,
        whole: tuple[Company, Home],
        tmp_path: Path,
        quick_time: QuickTime,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        seed: int,
    ) -> None:
        (company, clean), home = whole, Home(tmp_path)
        faults, service = Faults(seed, share=0.2), self.service(company, quick_time.now)
        with serve(Faulty(service.app, faults)) as url, caplog.at_level(logging.DEBUG):
            land_vendor(home, self.configured(monkeypatch, url, self.secret), "crm")
        assert sum(faults.met.values()) >= 3
        assert [getattr(service, limit).broken for limit in self.limits] == [0] * len(self.limits)
        same(home, clean, "crm")
        private = self.private(company)
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

    def test_a_wrong_token_is_one_sentence(
        self, whole: tuple[Company, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with (
            serve(self.quick(whole[0]).app) as url,
            pytest.raises(ConfigError, match=self.refused) as raised,
        ):
            land_vendor(Home(tmp_path), self.configured(monkeypatch, url, OTHER), "crm")
        assert OTHER not in str(raised.value)

    def test_a_token_is_renewed_when_it_is_refused_and_kept_for_its_owner(
        self,
        whole: tuple[Company, Home],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        quick_time: QuickTime,
    ) -> None:
        (company, clean), home = whole, Home(tmp_path)
        service = self.service(company, quick_time.now)
        with serve(service.app) as url:
            source = self._by_oauth(monkeypatch, url, self.crm.emulator.REFRESH)
            land_vendor(home, source, "crm")
            assert service.renewals == 1
            quick_time.sleep(86_400)  # the token has expired, and the vendor still accepts it
            land_vendor(home, source, "crm")
            assert service.renewals == 1
            service.tokens.clear()  # the vendor has withdrawn the token
            land_vendor(home, source, "crm")
            assert service.renewals == 2
        same(home, clean, "crm")
        # HubSpot's refresh token stays, others work once.
        refresh = getattr(service, "refresh", self.crm.emulator.REFRESH)
        (holder,) = files_with(home, refresh, *service.tokens)
        assert holder.name == "crm.json"
        assert holder.stat().st_mode & 0o077 == 0

    def test_a_wrong_refresh_token_is_one_sentence(
        self, whole: tuple[Company, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = f"set {self.variables}_REFRESH to the new refresh token"
        with (
            serve(self.quick(whole[0]).app) as url,
            pytest.raises(ConfigError, match=said) as raised,
        ):
            land_vendor(Home(tmp_path), self._by_oauth(monkeypatch, url, OTHER), "crm")
        assert OTHER not in str(raised.value)

    def _by_oauth(self, patch: pytest.MonkeyPatch, url: str, refresh: str) -> ConnectorSource:
        """The config of the account with OAuth. Its secrets are put into the environment."""
        client = self.crm.emulator.CLIENT
        secrets = {"ID": client["client_id"], "SECRET": client["client_secret"], "REFRESH": refresh}
        for name, secret in secrets.items():
            patch.setenv(f"{self.variables}_{name}", secret)
        named = {
            "client_id_env": f"{self.variables}_ID",
            "client_secret_env": f"{self.variables}_SECRET",
            "refresh_token_env": f"{self.variables}_REFRESH",
        }
        options, beside = self.oauth(url)
        return self.configured(patch, url, self.secret, **{**options, "oauth": {**named, **beside}})

    def test_a_backfill_reads_its_days_and_no_others_and_leaves_no_secret(
        self,
        whole: tuple[Company, Home],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        quick_time: QuickTime,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        (company, _), home, said = whole, Home(tmp_path), []
        with serve(self.quick(company).app) as url, caplog.at_level(logging.DEBUG):
            source = self.configured(monkeypatch, url, self.secret, history_from=date(2024, 1, 1))
            land_vendor(home, source, "crm", window=self.window, say=said.append)
        # An interrupted backfill reads at most one slice of each list again.
        assert self.slices <= {*said}
        with duckdb.connect(home.warehouse, read_only=True) as warehouse:
            for table, time in self.times.items():
                query = f"select min({time}), max({time}) from raw_crm.{table}"
                first, last = warehouse.sql(query).fetchone()
                assert self.window[0] <= first.date() < last.date() <= self.window[1]
            self.assert_backfilled(warehouse)
        private = self.private(company)
        assert files_with(home, *private) == []
        assert not any(text in caplog.text for text in private)

    def private(self, company: Company) -> list[str]:
        """Values that no file and no log may contain: the secret, clients' phones and e-mails."""
        people = company.rows("select phones, emails from contacts where emails is not null")
        given = [part for row in people for text in row.values() for part in text.split("; ")]
        told = [text for text in given if len(text) > 8]
        assert len(told) > 50
        return [self.secret, *told]
