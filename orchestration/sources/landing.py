"""Landing: what a source delivers becomes the raw tables of the warehouse and rows of the ledger.

No Dagster here. This module decides which rows are loaded, and counts them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import duckdb

from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.sources import raw
from orchestration.sources.base import EntitySource, ExtractContext, SourceConfig
from orchestration.sources.connectors.base import ConnectorSource
from orchestration.sources.connectors.slices import land_connector
from orchestration.sources.delivery import Delivery, Load, open_delivery
from orchestration.sources.http.shared import shared_in
from orchestration.sources.window import keep_other_days

__all__ = ["Load", "land"]


def land(
    name: str,
    config: SourceConfig,
    home: Home,
    limits: DuckDbLimits,
    folder: Path,
    as_of: date,
    progress: Callable[[Load], None] | None = None,
    window: tuple[date, date] | None = None,
    zone: str = "UTC",
    say: Callable[[str], None] = lambda text: None,
) -> list[Load]:
    """Load all that the source `name` delivers into schema `raw_<name>` of the warehouse, and
    write what became of it into the ledger under `as_of`, replacing what stood there.

    `folder`: where relative paths of the config start. `window`: take only these days of `zone`
    (first and last included) from the source and leave the others as they are landed. `progress`
    is called with each file when its rows are checked, `say` with what a vendor is asked for.
    Raises ConfigError and SourceError before anything in the warehouse is changed, except for
    slices that a vendor delivered before it failed: they stay.
    """
    with shared_in(home.state / "limits"):
        return config.land(_Landing(name, home, limits, folder, as_of, progress, window, zone, say))


@dataclass(frozen=True)
class _Landing:
    """The arguments of `land`, and the two ways to land a source."""

    name: str
    home: Home
    limits: DuckDbLimits
    folder: Path
    as_of: date
    progress: Callable[[Load], None] | None
    window: tuple[date, date] | None
    zone: str
    say: Callable[[str], None]

    def at_once(self, config: EntitySource) -> list[Load]:
        name, home, limits, as_of = self.name, self.home, self.limits, self.as_of
        with open_delivery(home, limits) as delivery:
            context = ExtractContext(name, delivery, self.folder, home, limits, as_of, self.window)
            landing = config.extract(context)
            if self.window:
                with open_warehouse(home, limits) as warehouse:
                    keep_other_days(delivery, warehouse, name, self.window, self.zone)
            delivery.check()
            loads = delivery.loads(name)
            for load in loads:
                if self.progress:
                    self.progress(load)
            with landing, open_warehouse(home, limits) as warehouse:
                raw.load(warehouse, name, delivery, delivery.entities)
                _drop_undelivered(warehouse, name, delivery)
                raw.record(warehouse, name, as_of, loads, delivery.rejects())
        return loads

    def in_slices(self, config: SourceConfig) -> list[Load]:
        return land_connector(
            *(self.name, cast(ConnectorSource, config), self.home, self.limits, self.as_of),
            *(self.progress, self.window, self.say),
        )


def _drop_undelivered(warehouse: duckdb.DuckDBPyConnection, name: str, delivery: Delivery) -> None:
    for entity_name in ENTITIES.keys() - {entity.name for entity in delivery.entities}:
        warehouse.execute(f"drop table if exists raw_{name}.{entity_name}")
