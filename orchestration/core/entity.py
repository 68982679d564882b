"""What an entity is: its columns with their types, its key, what it refers to."""

from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal[
    "text", "timestamp", "date", "money", "rate", "decimal", "integer", "boolean", "json"
]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "varchar",
    "timestamp": "timestamp",
    "date": "date",
    # Below 10^18, so that no sum and no product overflows: docs/decisions/0007-money.md.
    "money": "decimal(28, 10)",
    "rate": "decimal(28, 16)",
    "decimal": "decimal(18, 6)",
    "integer": "bigint",
    "boolean": "boolean",
    "json": "varchar",
}

# Ids whose name does not end in `_id`.
_OTHER_IDS = ("changed_by", "phone_ext")
_PHONES = ("phone", "phones", "client_phone", "line_phone")


@dataclass(frozen=True)
class Column:
    """One column of an entity.

    `required`: a row without a value is quarantined. `personal`: the value is a client's personal
    data and never appears in a log, an error text or a mart. `allowed`: the only valid values.
    `default`: the value of a row for which the source delivers none.
    """

    name: str
    type: ColumnType = "text"
    required: bool = False
    personal: bool = False
    allowed: tuple[str, ...] = ()
    default: str | None = None

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.type]

    @property
    def is_id(self) -> bool:
        """Whether its text must equal a text in another table (join key)."""
        return self.type == "text" and (self.name.endswith("_id") or self.name in _OTHER_IDS)

    @property
    def is_phone(self) -> bool:
        """Whether it holds phone numbers, which programs may also export as numbers."""
        return self.name in _PHONES


@dataclass(frozen=True)
class Reference:
    """A foreign key: the values of `columns` must exist in the columns `target` of `entity`."""

    columns: tuple[str, ...]
    entity: str
    target: tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """One entity: its columns, its unique key and the column with its time.

    `time`: gate 1 checks the range of this column and takes freshness from it (None: no time).
    `money`: the ledger records the sum of this column (None: no money). `version`: of two rows with
    the same key, the one with the later value in this column is loaded (None: no versions).
    `version_else`: the column that takes its place in rows without a version. `is_key_of_source`:
    the key is unique within a source only, as two shops number their orders alike.
    `restated`: of two rows with the same key and version, the one delivered last is loaded; if
    False, such rows contradict each other. `is_sum`: a row is a sum without an id of its own, so
    two equal rows may be two parts of one sum. `part_of`: the column of the whole whose parts the
    rows are: where the later file wins, it has all parts of a whole. `description`: what a row is,
    for the docs.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str | None = None
    money: str | None = None
    references: tuple[Reference, ...] = field(default=())
    version: str | None = "updated_at"
    version_else: str | None = None
    is_key_of_source: bool = False
    restated: bool = False
    is_sum: bool = False
    part_of: str | None = None
    description: str = ""

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def is_merged(self) -> bool:
        """Whether new rows are merged into the landed rows by key; if not, they replace them."""
        return False
