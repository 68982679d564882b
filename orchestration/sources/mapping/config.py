"""How columns map to entities, whatever they are read from.

docs/how-to/files.md explains every key with an example.
"""

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Column, Entity
from orchestration.core.errors import guess
from orchestration.sources.base import EntitySource, known_zone
from orchestration.sources.currencies import Currency
from orchestration.sources.mapping.numbers import power_of_ten
from orchestration.sources.mapping.times import NAMED_FORMATS, is_duration

# The default currency of a source fills these.
CURRENCY_COLUMNS = ("currency", "account_currency")


def _as_text(value: Any) -> Any:
    """TOML's own numbers, dates and booleans, as a text file would have them."""
    match value:
        case bool():
            return str(value).lower()
        case datetime.datetime():
            return value.isoformat(sep=" ")
        case int() | float() | datetime.date() | datetime.time():
            return str(value)
        case _:
            return value


def _as_table(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


def _known_format(pattern: str) -> str:
    known = re.fullmatch(r"([^%]|%-?[aAbBdfgGHIjmMnpSuUVwWyYzZ%])+", pattern) and "%" in pattern
    if not known and pattern not in NAMED_FORMATS:
        names = ", ".join(NAMED_FORMATS)
        raise ValueError(f"is not a format, expected one like %d.%m.%Y %H:%M, or {names}")
    return pattern


def _known_unit(factor: float) -> float:
    if not factor or power_of_ten(factor) is None:
        raise ValueError(
            "is not a factor of a unit, expected a power of ten such as 1, 0.01 or -1000"
        )
    return factor


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


# One format or several, each tried.
Formats = Annotated[
    tuple[Annotated[str, AfterValidator(_known_format)], ...], BeforeValidator(_as_tuple)
]
Units = dict[Annotated[str, Field(min_length=1)], Annotated[float, AfterValidator(_known_unit)]]
Text = Annotated[str, BeforeValidator(_as_text)]


class Section(BaseModel):
    """A section of the mapping. An unknown key is an error, which suggests a similar key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_key(cls, content: Any) -> Any:
        if isinstance(content, dict):
            for key in content.keys() - cls.model_fields.keys():
                raise ValueError(f"unknown key `{key}`{guess(key, cls.model_fields)}")
        return content


class Case(Section):
    """One case of several.

    `when`: the columns with the values that they must have. `value`: the value of the case.
    """

    when: dict[str, Text] = Field(min_length=1)
    value: Text


class ColumnMapping(Section):
    """Where one entity column comes from: exactly one of `column`, `constant`, `concat`, `cases`.

    `column`: the column to read. `constant`: the same value for every row. `concat`: columns to
    join. `cases`: the first case that matches gives the value. `separator`: the text between the
    parts of `concat`. `values`: the new value for each value that is read. A row with any other
    value goes to quarantine, unless `passthrough` or `otherwise` is set. An empty text means no
    value. `passthrough`: whether values that are not in `values` stay as they are. `otherwise`: the
    value if no case matches, or for values that are not in `values`. `default`: the value if the
    column is empty. `format`: the format of a date, a time or a duration. `null_values`: texts that
    mean "no value", in addition to those of the entity. `unless`: the column is empty if all these
    columns have these values. `not_before`: a timestamp column; a clock time before it is after
    midnight, on the next day.
    """

    column: str | None = None
    constant: Text | None = None
    concat: list[str] | None = Field(default=None, min_length=1)
    cases: list[Case] | None = Field(default=None, min_length=1)
    separator: str = ""
    values: dict[str, Text] = {}
    passthrough: bool = False
    otherwise: Text | None = None
    default: Text | None = None
    format: Formats = ()
    null_values: list[str] = []
    unless: dict[str, Text] = {}
    not_before: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnMapping":
        given = [self.column, self.constant, self.concat, self.cases]
        if sum(origin is not None for origin in given) != 1:
            raise ValueError("needs exactly one of `column`, `constant`, `concat`, `cases`")
        return self

    @property
    def source_columns(self) -> set[str]:
        """The columns of the file it reads."""
        origins = {self.column} if self.column else set(self.concat or ())
        return origins.union(self.unless, *(case.when for case in self.cases or ()))


class EntityMapping(Section):
    """Rows of one entity, written in the config or read from the one place that a subclass names.

    `rows`: the rows themselves, by the names of the entity's columns. `query`: SQL whose columns
    are mapped; if they have the names of the entity's columns, `columns` is left out. `decimal`:
    the decimal sign. `thousands`: the separator of thousands; default: a space or an apostrophe.
    `units`: texts that may stand beside a number, each with its factor. `date_format`,
    `datetime_format`: the formats of dates and times; default: ISO. `null_values`: texts that mean
    "no value", in addition to an empty cell. `only_if`: columns that must not be empty; other rows
    are left out. `distinct`: whether rows with the same mapped values become one row. `columns`: by
    column of the entity, the column of the source.
    """

    rows: list[dict[str, Text]] | None = Field(default=None, min_length=1)
    query: str | None = Field(default=None, min_length=1)
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", "'", " "] | None = None
    units: Units = {}
    date_format: Formats = ()
    datetime_format: Formats = ()
    null_values: list[str] = []
    only_if: list[str] = []
    distinct: bool = False
    columns: dict[str, Annotated[ColumnMapping, BeforeValidator(_as_table)]] = {}

    # Set by subclasses: the keys of which exactly one gives the origin of the rows.
    places: ClassVar[tuple[str, ...]]

    @model_validator(mode="after")
    def _one_place(self) -> "EntityMapping":
        given = [key for key in (*self.places, "rows") if getattr(self, key) is not None]
        if len(given) != 1:
            known = " or ".join(f"`{key}`" for key in (*self.places, "rows"))
            raise ValueError(f"needs either {known}")
        if self.rows is None and not self.query and not self.columns:
            raise ValueError("needs `columns`: the source column of each column of the entity")
        if self.rows is not None and self.columns:
            raise ValueError(
                "`rows` already have the names of the entity's columns, remove `columns`"
            )
        if self.thousands == self.decimal:
            raise ValueError("`thousands` and `decimal` are the same sign")
        return self

    @property
    def mapped(self) -> dict[str, ColumnMapping]:
        """The mapping of each entity column; rows in the config are mapped by name."""
        names = dict.fromkeys(key for row in self.rows or () for key in row)
        return self.columns or {name: ColumnMapping(column=name) for name in names}

    @property
    def source_columns(self) -> set[str]:
        """The columns that it reads."""
        columns = [mapping.source_columns for mapping in self.mapped.values()]
        return set(self.only_if).union(*columns)

    def columns_of_ids(self, entity: Entity) -> list[str]:
        """The columns that are read as they are into ids of the entity."""
        ids = {c.column for name, c in self.mapped.items() if entity.column(name).is_id}
        return sorted(column for column in ids if column)


class MappedSource(EntitySource):
    """Rows mapped to entities.

    `time_zone`: the zone of times without an offset. `currency`: the currency of rows without one.
    `entities`: by entity, one mapping or several.
    """

    time_zone: Annotated[str, AfterValidator(known_zone)]
    currency: Currency | None = None
    # Subclasses: their own mappings by the name of the entity.
    entities: Mapping[str, Sequence[EntityMapping]]

    @property
    def delivers(self) -> tuple[str, ...]:
        """The names of the entities that the config maps."""
        return tuple(name for name in ENTITIES if name in self.entities)

    @model_validator(mode="after")
    def _fits_the_contract(self) -> "MappedSource":
        problems = []
        for name, mappings in self.entities.items():
            if name not in ENTITIES:
                problems.append(f"unknown entity `{name}`{guess(name, ENTITIES)}")
                continue
            for mapping in mappings:
                if mapping.mapped:
                    problems += misfits(ENTITIES[name], mapping, self.currency)
        if problems:
            raise ValueError("; ".join(problems))
        return self


def misfits(entity: Entity, mapping: EntityMapping, currency: str | None) -> Iterator[str]:
    """What is wrong with the mapping's columns, a sentence each: unknown ones, required ones that
    it lacks, formats that fit no column. `currency`: that of the source."""
    mapped = set(mapping.mapped)
    unknown = sorted(mapped.difference(entity.column_names))
    near = {name: guess(name, entity.column_names) for name in unknown}
    for name in filter(near.get, unknown):
        yield f"entity `{entity.name}` has no column `{name}`{near[name]}"
    if strange := [f"`{name}`" for name in unknown if not near[name]]:
        has = ", ".join(entity.column_names)
        yield f"entity `{entity.name}` has no column {' and no '.join(strange)}, it has {has}"
    if currency:
        mapped.update(CURRENCY_COLUMNS)
    for column in entity.columns:
        if column.required and column.name not in mapped:
            hint = " (or the source's `currency`)" if column.name in CURRENCY_COLUMNS else ""
            yield f"entity `{entity.name}` needs its column `{column.name}`: map it{hint}"
    for name, source in mapping.mapped.items():
        if name in unknown:
            continue
        if (before := source.not_before) and before not in mapping.mapped:
            yield f"`{entity.name}.{name}`: `not_before` names unmapped `{before}`"
        yield from _unfit_formats(f"`{entity.name}.{name}`", entity.column(name), source.format)


def _unfit_formats(place: str, column: Column, formats: tuple[str, ...]) -> Iterator[str]:
    """`format` is for dates and times, and for whole numbers that are written as durations."""
    if column.type in ("date", "timestamp"):
        return
    for pattern in formats:
        if column.type != "integer" or not is_duration(pattern):
            yield (
                f"{place}: `format` {pattern} does not fit a column of type {column.type}, expected"
                " a date, a time, or a duration such as %H:%M:%S for a whole number of seconds"
            )
