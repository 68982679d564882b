"""The tables of a vendor: the vendor's own structure, with declared types.

A table is an `Entity` (columns, key, types) that also knows where a JSON row holds each column. It
is there in the warehouse even when the vendor had no rows for it.
"""

from dataclasses import dataclass, replace

from orchestration.core.entity import Column, ColumnType, Entity


@dataclass(frozen=True)
class Field:
    """One column and its path in a row: keys separated by dots, `[0]` for the first of a list. A
    column of type json may contain the paths of other columns.

    `format`: how a timestamp is written where it is not ISO 8601: as strptime knows it, or `unix`
    for whole seconds since 1970.
    """

    column: Column
    path: str
    format: str | None = None


@dataclass(frozen=True)
class Table(Entity):
    """A table of a vendor.

    `rows`: where a body holds the list of rows (empty: the body is the list). `replaced`: each
    night brings the whole table (a dictionary, a sweep of ids); else rows are merged by key, and of
    two rows with one key the later `version`, then the later delivered, is the truth. `last`: it
    tells how far the others have been read, too, and is landed once they are.
    """

    rows: str = ""
    fields: tuple[Field, ...] = ()
    replaced: bool = False
    last: bool = False

    @property
    def is_merged(self) -> bool:
        return not self.replaced


def field(
    name: str,
    type_: ColumnType = "text",
    path: str = "",
    *,
    required: bool = False,
    personal: bool = False,
    default: str | None = None,
    format: str | None = None,
) -> Field:
    """A column of a vendor's table; its path is its name unless given. `default`: the value if the
    vendor gives none, which a key column needs."""
    column = Column(name, type_, required=required, personal=personal, default=default)
    return Field(column, path or name, format)


def table(
    name: str,
    rows: str,
    key: tuple[str, ...],
    *fields: Field,
    version: str | None = None,
    time: str | None = None,
    money: str | None = None,
    replaced: bool = False,
    last: bool = False,
    restated: bool = True,
    description: str = "",
) -> Table:
    """A table of a vendor; a row without its key is quarantined. `restated`: of two rows with the
    same key in one delivery, the later one is loaded; if not, they contradict each other."""
    keyed = tuple(
        replace(one, column=replace(one.column, required=True)) if one.column.name in key else one
        for one in fields
    )
    return Table(
        name,
        tuple(one.column for one in keyed),
        key,
        time=time,
        money=money,
        version=version,
        restated=restated,
        rows=rows,
        fields=keyed,
        replaced=replaced,
        last=last,
        description=description,
    )
