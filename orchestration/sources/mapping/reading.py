"""Reads a relation of text columns into rows of a delivery."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.core.errors import ConfigError, guess
from orchestration.sources.delivery import Delivery
from orchestration.sources.mapping.config import (
    ColumnMapping,
    EntityMapping,
    MappedSource,
    misfits,
)
from orchestration.sources.mapping.rows import RowMapping

INLINE = "(rows in the config)"

# Amounts that may be whole, as 1.234; how many rows are searched for them, and how many are no
# chance.
_UNSURE = "[-\u2212]?[1-9]\\d{0,2}\\.\\d{3}"
_LOOKED_AT = 10_000
_MANY = 3

AnyMapping = TypeVar("AnyMapping", bound=EntityMapping)


@dataclass(frozen=True)
class TextTable:
    """What can be selected from: the columns as text, `_row`, and `_unread` (why a line could not
    be read, else NULL). `malformed`: a query of the rows (`_row`, `_unread`) that were found to be
    no rows while `relation` was read; to be asked after it. `skipped`: a query of the rows (`_row`)
    that `relation` does not number. `held`: how many rows there are, counted by another way than
    `relation`; malformed ones among them. `numbers`: the columns that hold numbers, not texts;
    whole ones stand there without decimals."""

    columns: list[str]
    relation: str
    malformed: str | None = None
    numbers: frozenset[str] = frozenset()
    skipped: str | None = None
    held: int | None = None


def read(
    delivery: Delivery,
    entity: Entity,
    mapping: EntityMapping,
    config: MappedSource,
    file: str,
    table: TextTable,
    native_dates: bool,
) -> None:
    """Map the rows of `table` into the delivery, as rows of `file`. `native_dates`: it may hold
    real dates, which follow no format."""
    rows = RowMapping(
        *(entity, mapping, config.time_zone, config.currency), native_dates, table.numbers
    )
    delivery.add(entity, rows.select(table.relation, file), list(rows.columns))
    if mapping.only_if:
        filtered = delivery.connection.execute(rows.filtered(table.relation))
        delivery.open(entity, file).rows_filtered += sql.only_row(filtered)[0]


def named_by_query(
    place: str,
    entity: Entity,
    mapping: AnyMapping,
    config: MappedSource,
    columns: Collection[str],
) -> AnyMapping:
    """The mapping with its `columns`; where it has none, those of its query bear the names of the
    entity's. Raises ConfigError if not."""
    if mapping.columns:
        return mapping
    named = [name for name in columns if name != "_file"]
    for number, name in enumerate(named, start=1):
        # A column name that is not in the query may be a value of a file without a header.
        if name not in entity.column_names and name not in (mapping.query or ""):
            raise ConfigError(
                f"{place}: its column {number} has no name of a column of `{entity.name}`,"
                " expected `as` and one of them, or `columns` in the mapping"
            )
    found = {name: ColumnMapping(column=name) for name in named}
    mapping = mapping.model_copy(update={"columns": found})
    if problems := "; ".join(misfits(entity, mapping, config.currency)):
        raise ConfigError(f"{place}: {problems}")
    return mapping


def read_inline(
    delivery: Delivery, entity: Entity, mapping: EntityMapping, config: MappedSource
) -> None:
    """Map the rows that are written in the config."""
    with delivery.reading(entity, INLINE):
        table = _inline(delivery, mapping)
        read(delivery, entity, mapping, config, INLINE, table, native_dates=False)


def refuse_unknown_columns(
    place: str, entity: Entity, mapping: EntityMapping, columns: Collection[str]
) -> None:
    """Raises ConfigError if the mapping names a column that `place` does not have."""
    for column in sorted(mapping.source_columns.difference(columns)):
        # Of a query only names that it writes itself: others may be values of a file without a
        # header.
        shown = [name for name in columns if not mapping.query or name in mapping.query]
        others = [f"{len(columns) - len(shown)} more"] if len(shown) < len(columns) else []
        raise ConfigError(
            f"{place} has no column `{column}`, which the mapping of `{entity.name}` names"
            f"{guess(column, shown)}; it has: {', '.join([*shown, *others])}"
        )


def refuse_repeated_columns(place: str, mapping: EntityMapping, columns: Sequence[str]) -> None:
    """Raises ConfigError if a query returns several columns with a name that the mapping reads."""
    used = mapping.source_columns if mapping.columns else set(columns)
    for column in sorted(used):
        if columns.count(column) > 1:
            raise ConfigError(
                f"{place} has {columns.count(column)} columns with the name `{column}`, expected"
                " one: give the others another name with `as`"
            )


def refuse_unsure_thousands(
    delivery: Delivery, place: str, entity: Entity, mapping: EntityMapping, table: TextTable
) -> None:
    """Raises ConfigError if amounts in texts may have points between thousands: each of the first
    ones with a point has three digits after it, and the mapping does not say what a point is."""
    columns = [
        column.column
        for name, column in mapping.mapped.items()
        if column.column in table.columns
        and column.column not in table.numbers
        and entity.column(name).type == "money"
    ]
    if not columns or mapping.thousands or "decimal" in mapping.model_fields_set:
        return
    counts = ", ".join(
        f"count(*) filter (where regexp_full_match(trim({name}), {sql.text(_UNSURE)})),"
        f" count(*) filter (where contains({name}, '.'))"
        for name in map(sql.name, columns)
    )
    first = f"select * from ({table.relation}) limit {_LOOKED_AT}"
    found = sql.only_row(delivery.connection.execute(f"select {counts} from ({first})"))
    for column, unsure, pointed in zip(columns, found[::2], found[1::2], strict=True):
        if unsure == pointed >= _MANY:
            raise ConfigError(
                f"{place}: column `{column}`: each number with a point has three digits after it:"
                ' say `thousands = "."` if the point separates thousands, `decimal = "."` if not'
            )


def as_text(name: str, kind: str, mapping: EntityMapping) -> str:
    """A typed column as the text that the mapping expects: whole numbers without decimals, others
    with its decimal sign, the values of a list separated by semicolons."""
    column = sql.name(name)
    value = f"cast({column} as varchar)"
    if kind.endswith("]"):
        value = f"array_to_string(cast({column} as varchar[]), ';')"
    elif is_number(kind):
        if kind.startswith("DECIMAL"):
            value = rf"regexp_replace({value}, '\.0*$|(\.\d*?)0+$', '\1')"
        else:
            # Larger whole numbers are not exact in floating point.
            largest = 2**24 if kind == "FLOAT" else 2**53
            is_whole = f"{column} = trunc({column}) and abs({column}) < {largest}"
            whole = f"cast(cast({column} as bigint) as varchar)"
            value = f"case when {is_whole} then {whole} else {value} end"
        if mapping.decimal == ",":
            value = f"replace({value}, '.', ',')"
    return f"{value} as {sql.name(name)}"


def is_number(kind: str) -> bool:
    """Whether columns of this DuckDB type hold numbers that may have decimals."""
    return kind.startswith(("DECIMAL", "DOUBLE", "FLOAT"))


def _inline(delivery: Delivery, mapping: EntityMapping) -> TextTable:
    columns, rows = list(mapping.mapped), mapping.rows or []
    cells = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in columns}
    cells["_row"] = pa.array(range(1, len(rows) + 1))
    delivery.connection.register("cells", pa.table(cells))
    delivery.connection.execute("create or replace temp table inline_rows as from cells")
    delivery.connection.unregister("cells")
    return TextTable(columns, "select *, cast(null as varchar) as _unread from inline_rows")
