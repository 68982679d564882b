"""Lands a connector: pages are checked and merged into raw tables, slice by slice."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.sources import raw
from orchestration.sources.connectors.base import ConnectorSource
from orchestration.sources.connectors.dead_letters import DeadLetters
from orchestration.sources.connectors.extraction import Extraction
from orchestration.sources.connectors.pace import Pace
from orchestration.sources.connectors.pages import Pages
from orchestration.sources.delivery import Load, open_delivery

_COUNTS = ("rows_delivered", "rows_loaded", "rows_quarantined", "rows_superseded", "seconds")
# Landing a slice takes about a second, so small slices are collected. But bytes are limited, since
# JSON takes ten times its size in memory, and so is time: an error or a kill must not lose what a
# slow vendor took minutes to send.
_SLICE_ROWS = 100_000
_SLICE_BYTES = 16 * 1024**2
_SLICE_SECONDS = 60.0
_MONEY = ("money_delivered", "money_loaded", "money_quarantined", "money_superseded")


def land_connector(
    name: str,
    config: ConnectorSource,
    home: Home,
    limits: DuckDbLimits,
    as_of: date,
    progress: Callable[[Load], None] | None = None,
    window: tuple[date, date] | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> list[Load]:
    """Land the vendor's new rows in schema `raw_<name>`, and write their counts into the ledger
    under `as_of`, also if the extraction fails.

    Slices landed before an error or a kill stay, and the next night continues from there.
    """
    loads: dict[str, Load] = {}
    # A slice is small: several threads would take more memory and more CPU time.
    limits = limits.model_copy(update={"threads": 1})
    with open_delivery(home, limits) as delivery:
        pages = Pages(delivery, name, config.local_zone)
        names = {table.name: config.ledger_name(table) for table in config.tables}
        dead_letters = DeadLetters(name, names, as_of)
        pace = Pace()

        def doing(text: str) -> None:
            pace.doing = text
            say(text)

        extraction = Extraction(name, home, limits, as_of, pages, dead_letters, window, doing, pace)
        extraction.begin(config.tables)
        pages.open(*(table for table in config.tables if not table.replaced))
        rejects = [delivery.rejects()]

        def land_slice() -> None:
            if tables := pages.close():
                delivery.check()
                whole = pages.whole_days()
                with open_warehouse(home, limits, compact=False) as warehouse:
                    dead_letters.add(warehouse, delivery)
                    # A kill in between leaves nothing wrong: deleted rows no longer exist at the
                    # vendor.
                    for table, first, last in whole:
                        raw.delete_gone(warehouse, name, delivery, table, first, last)
                    raw.load(warehouse, name, delivery, [one for one in tables if not one.last])
                    # After a kill in between, rows are read again and none is lost.
                    for table in tables:
                        if table.last:
                            raw.upsert(warehouse, name, delivery, table)
                    dead_letters.resolve(warehouse, delivery, whole)
                for load in delivery.loads(name):
                    loads[load.entity] = (
                        _sum(loads[load.entity], load) if load.entity in loads else load
                    )
                rejects.append(delivery.rejects())
                extraction.merged(delivery)
                delivery.clear()
            extraction.landed()

        has_ended = False
        try:
            landed_at = time.monotonic()
            rows_landed = 0
            for _ in config.extract(extraction):
                pace.rows = rows_landed + pages.rows
                if line := pace.line():
                    say(line)
                if (
                    pages.rows >= _SLICE_ROWS
                    or pages.bytes >= _SLICE_BYTES
                    or time.monotonic() - landed_at >= _SLICE_SECONDS
                ):
                    rows_landed += pages.rows
                    land_slice()
                    landed_at = time.monotonic()
            land_slice()
            has_ended = True
        finally:
            landed = [
                replace(load, entity=f"{config.type}.{load.entity}") for load in loads.values()
            ]
            rejected = pa.concat_tables(rejects)
            entities = pc.binary_join_element_wise(config.type, rejected["entity"], ".")
            rejected = rejected.set_column(0, "entity", entities)
            with open_warehouse(home, limits, compact=False) as warehouse:
                # A source that fails at once has landed nothing to report.
                if landed:
                    left, values = dead_letters.close(warehouse, window if has_ended else None)
                    landed = [_with_dead_letters(one, left.get(one.entity, 0)) for one in landed]
                    rejected = pa.concat_tables([rejected, values.cast(rejected.schema)])
                raw.record(warehouse, name, as_of, landed, rejected)
                if has_ended:
                    raw.record_history(warehouse, name, config.history_from, as_of, window)
    extraction.end()
    for load in landed:
        if progress:
            progress(load)
    return landed


def _with_dead_letters(load: Load, rows: int) -> Load:
    """The load plus the dead letters of earlier nights; their money is not known."""
    return replace(
        load,
        rows_delivered=load.rows_delivered + rows,
        rows_quarantined=load.rows_quarantined + rows,
    )


def _sum(one: Load, other: Load) -> Load:
    """The loads of two slices of one table."""
    added = {name: getattr(one, name) + getattr(other, name) for name in _COUNTS}
    if one.money_delivered is not None:
        added |= {name: getattr(one, name) + getattr(other, name) for name in _MONEY}
    return replace(one, **added)
