"""Dagster's event log in SQLite, with connections that are kept open.

Dagster's own class opens a connection and compiles its SQL again for each of several statements per
event: a night of 80 tables and 240 checks spent 24 s of CPU on its 1,200 events, and spends 7 s
with this class. Remove this module when Dagster keeps its connections open itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from orchestration.disk import is_full, release

_SECONDS_TO_WAIT_FOR_A_LOCK = 60


class KeptSqliteEventLogStorage(SqliteEventLogStorage):
    """The same files as Dagster's own class, which can read them and write to them too."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._begun: dict[str, Connection] = {}
        self._lock = RLock()
        self._there: set[tuple[str, str]] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptSqliteEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._lock:
            if shard in self._begun:
                yield self._begun[shard]
                return
            if shard not in self._engines:
                self._engines[shard] = self._open(shard)
            with self._engines[shard].begin() as connection:
                self._begun[shard] = connection
                try:
                    yield connection
                finally:
                    del self._begun[shard]

    def _open(self, shard: str) -> Engine:
        wait = {"timeout": _SECONDS_TO_WAIT_FOR_A_LOCK, "check_same_thread": False}
        engine = create_engine(
            self.conn_string_for_shard(shard), poolclass=StaticPool, connect_args=wait
        )
        self._initdb(engine)
        with engine.connect() as connection:
            # Enough for a log that is written ahead: a power cut may lose its last events only.
            connection.execute(text("pragma synchronous = normal"))
        return engine

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        # A run starts with hundreds of planning events: store them in one transaction per file.
        def store() -> None:
            with self.run_connection(events[0].run_id), self.index_connection():
                super(KeptSqliteEventLogStorage, self).store_event_batch(events)

        self._with_room(store)

    def store_event(self, event: EventLogEntry) -> None:
        self._with_room(lambda: super(KeptSqliteEventLogStorage, self).store_event(event))

    def _with_room(self, store: Callable[[], None]) -> None:
        """Store events; if the disk is full, free the reserve and store them in its space."""
        try:
            store()
        except OperationalError as error:
            # The event log is two levels below Dagster's folder, which is in `state`.
            if not is_full(error) or not release(Path(self._base_dir).parents[2]):
                raise
            store()

    # Dagster asks these for every event. What is there once stays: no table, column or index goes.
    def has_table(self, table_name: str) -> bool:
        return self._once(
            ("table", table_name),
            lambda: super(KeptSqliteEventLogStorage, self).has_table(table_name),
        )

    def has_secondary_index(self, name: str) -> bool:
        return self._once(
            ("index", name),
            lambda: super(KeptSqliteEventLogStorage, self).has_secondary_index(name),
        )

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        return self._once(
            ("column", column_name),
            lambda: super(KeptSqliteEventLogStorage, self)._has_asset_key_col_on_connection(
                conn, column_name
            ),
        )

    def _once(self, what: tuple[str, str], is_there: Callable[[], bool]) -> bool:
        if what not in self._there and is_there():
            self._there.add(what)
        return what in self._there

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()
