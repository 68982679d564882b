"""Deliver and land files that a test writes, with a config that it writes too."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.settings import load_settings
from orchestration.sources.delivery import Delivery, Load
from orchestration.sources.files.config import FilesSource
from orchestration.sources.files.extract import extract
from orchestration.sources.landing import land

AS_OF = date(2026, 3, 31)

BUSINESS = """
[business]
name = "Shop"
time_zone = "Europe/Moscow"
base_currency = "RUB"

[sources.crm]
type = "files"
"""

# The smallest mapping of deals: what a test does not care about is left out.
DEALS = """
time_zone = "Europe/Moscow"

[sources.crm.entities.deals]
path = "deals.*"
columns = { deal_id = "id", created_at = "created", amount = "sum" }
"""


def source(folder: Path, toml: str) -> FilesSource:
    """The source `crm` of a config whose part under `[sources.crm]` is `toml`."""
    path = folder / "voronka.toml"
    path.write_text(BUSINESS + toml, encoding="utf-8")
    return load_settings(path).sources["crm"]


def deliver(folder: Path, toml: str = DEALS, **files: str) -> Delivery:
    """The checked delivery of a config, before it is loaded anywhere. `files`: name to content of
    CSV files to write first."""
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    config = source(folder, toml)
    delivery = Delivery(duckdb.connect())
    extract(delivery, config, folder, folder / "spill")
    delivery.check()
    return delivery


def loaded(delivery: Delivery, entity: str, columns: str) -> list[tuple]:
    """These columns of the rows that would be loaded."""
    query = delivery.accepted(ENTITIES[entity], "crm")
    return delivery.connection.execute(f"select {columns} from ({query})").fetchall()


def quarantined(delivery: Delivery) -> list[tuple]:
    """Row number, record, column, value and reason of each bad value."""
    rejects = delivery.rejects().to_pylist()
    names = ("row_number", "record_id", "column_name", "value", "reason")
    return [tuple(reject[name] for name in names) for reject in rejects]


def counts(load: Load) -> tuple[int, int, int, int]:
    """Rows delivered, loaded, quarantined, superseded."""
    return (load.rows_delivered, load.rows_loaded, load.rows_quarantined, load.rows_superseded)


@dataclass(frozen=True)
class Landed:
    """A home that sources were landed in."""

    home: Home

    def land(self, folder: Path, toml: str, **options: object) -> list[Load]:
        self.home.prepare()
        config = source(folder, toml)
        return land("crm", config, self.home, DuckDbLimits(), folder, AS_OF, **options)

    def query(self, statement: str) -> list[tuple]:
        with open_warehouse(self.home, DuckDbLimits()) as warehouse:
            return warehouse.execute(statement).fetchall()
