"""Dead letters: rejected rows of a vendor that have not been delivered in readable form since.

A night asks a vendor only for what is new, so a rejected row would be lost without them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pyarrow as pa

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.core.warehouse import create_ledger
from orchestration.sources.connectors.tables import Table
from orchestration.sources.delivery import Delivery
from orchestration.sources.rejected import record_id


@dataclass
class DeadLetters:
    """The dead letters of one source, in `ledger.unsettled`, by table and key. A row without a
    readable key is identified by the readable part; rows with equal parts count as one. `names`:
    the name of each table in the ledger."""

    source: str
    names: Mapping[str, str]
    as_of: date
    _refused: set[tuple[str, str]] = field(default_factory=set)
    _gone: dict[str, set[str]] = field(default_factory=dict)

    def gone(self, table: Table, ids: Iterable[str]) -> None:
        """Report that the vendor no longer has these rows."""
        self._gone.setdefault(self.names[table.name], set()).update(ids)

    def add(self, warehouse: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
        """Write the rejected rows of the delivery; call it before the accepted rows are landed. A
        table that is read in full each night has no dead letters."""
        create_ledger(warehouse)
        for table in delivery.entities:
            refused = delivery.rejected([table])
            if not table.is_merged or not refused.num_rows:
                continue
            name = self.names[table.name]
            self._refused.update((name, id_) for id_ in refused["record_id"].to_pylist())
            self._delete(warehouse, name, refused.select(["record_id"]))
            warehouse.register("refused", refused)
            warehouse.execute(
                "insert into ledger.unsettled select $source, $entity, file, record_id,"
                " column_name, value, reason, has_key, happened_on, $as_of from refused",
                {"source": self.source, "entity": name, "as_of": self.as_of},
            )
            warehouse.unregister("refused")

    def resolve(
        self,
        warehouse: duckdb.DuckDBPyConnection,
        delivery: Delivery,
        whole: Iterable[tuple[Table, date, date]],
    ) -> None:
        """Delete the dead letters that are landed now, those that no longer exist, and those of
        days read in full (`whole`: table, first and last day) that were not delivered again."""
        for table in delivery.entities:
            ids = self._ids(warehouse, table)
            if ids.num_rows:
                name = self.names[table.name]
                self._delete(warehouse, name, _accepted(delivery, table, ids))
        for name, gone in self._gone.items():
            self._delete(warehouse, name, pa.table({"record_id": pa.array(gone, pa.string())}))
        for table, first, last in whole:
            came = delivery.rejected([table])
            warehouse.register("came", came)
            warehouse.execute(
                "delete from ledger.unsettled where source = ? and entity = ?"
                " and happened_on between ? and ?"
                " and record_id not in (select record_id from came)",
                [self.source, self.names[table.name], first, last],
            )
            warehouse.unregister("came")

    def keys(self, warehouse: duckdb.DuckDBPyConnection, table: Table) -> set[str]:
        """The keys of the table's dead letters, if they could be read."""
        create_ledger(warehouse)
        return set(self._ids(warehouse, table, "has_key")["record_id"].to_pylist())

    def close(
        self, warehouse: duckdb.DuckDBPyConnection, window: tuple[date, date] | None
    ) -> tuple[dict[str, int], pa.Table]:
        """The dead letters of earlier runs that are left after this one: rows by table, and values
        for the quarantine, without row numbers. `window`: the days that a backfill has filled; a
        row without a key that was rejected on them, and not again, counts as resolved."""
        warehouse.register("refused", _pairs(self._refused))
        again = "(entity, record_id) in (select (entity, record_id) from refused)"
        if window:
            warehouse.execute(
                "delete from ledger.unsettled where source = ? and not has_key"
                f" and refused_on between ? and ? and not {again}",
                [self.source, *window],
            )
        names = sql.texts(self.names.values())
        left = f"from ledger.unsettled where source = ? and entity in ({names}) and not {again}"
        rows = warehouse.execute(
            f"select entity, count(distinct record_id) {left} group by entity", [self.source]
        ).fetchall()
        values = warehouse.execute(
            "select entity, file, cast(null as bigint) as row_number, record_id, column_name,"
            f" value, reason {left} order by entity, record_id, column_name",
            [self.source],
        ).to_arrow_table()
        warehouse.unregister("refused")
        return dict(rows), values

    def _ids(
        self, warehouse: duckdb.DuckDBPyConnection, table: Entity, where: str = "true"
    ) -> pa.Table:
        return warehouse.execute(
            "select distinct record_id from ledger.unsettled"
            f" where source = ? and entity = ? and {where}",
            [self.source, self.names[table.name]],
        ).to_arrow_table()

    def _delete(self, warehouse: duckdb.DuckDBPyConnection, name: str, ids: pa.Table) -> None:
        warehouse.register("ids", ids)
        warehouse.execute(
            "delete from ledger.unsettled where source = ? and entity = ?"
            " and record_id in (select record_id from ids)",
            [self.source, name],
        )
        warehouse.unregister("ids")


def _accepted(delivery: Delivery, table: Entity, ids: pa.Table) -> pa.Table:
    """The keys that were delivered in readable form and not rejected after that."""
    connection = delivery.connection
    connection.register("ids", ids)
    accepted = connection.execute(
        f"""
        with
        accepted as (
            select {record_id(table)} as record_id, _row
            from ({delivery.accepted(table, "")}) as delivered
        ),
        refused as (
            select {record_id(table)} as record_id, max(delivered._row) as _row
            from rejected
            inner join delivered.{table.name} as delivered on rejected.row_id = delivered.rowid
            where rejected.entity = {sql.text(table.name)}
            group by all
        )
        select accepted.record_id
        from accepted
        semi join ids on accepted.record_id = ids.record_id
        left join refused on accepted.record_id = refused.record_id
        where refused._row is null or accepted._row > refused._row
        """
    ).to_arrow_table()
    connection.unregister("ids")
    return accepted


def _pairs(pairs: set[tuple[str, str]]) -> pa.Table:
    text = pa.string()
    return pa.table(
        {
            "entity": pa.array([entity for entity, _ in pairs], text),
            "record_id": pa.array([id_ for _, id_ in pairs], text),
        }
    )
