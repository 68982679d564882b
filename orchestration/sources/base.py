"""What every source's config has in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, ClassVar, Protocol
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity

if TYPE_CHECKING:
    from orchestration.core.home import Home
    from orchestration.core.limits import DuckDbLimits
    from orchestration.sources.delivery import Delivery, Load


@dataclass(frozen=True)
class Finding:
    """The result of one check of the doctor. `found`: what is there, or what is wrong and what was
    expected. `advice`: what a person does next where something is wrong."""

    what: str
    found: str
    ok: bool = True
    advice: str = ""


@dataclass(frozen=True)
class ExtractContext:
    """What to read into `delivery`: the source `name` on the night of `as_of`. `window`: the first
    and last day of a backfill, for which the whole source is read. `folder`: where relative paths
    of the config start."""

    name: str
    delivery: "Delivery"
    folder: Path
    home: "Home"
    limits: "DuckDbLimits"
    as_of: date
    window: tuple[date, date] | None = None


@dataclass(frozen=True)
class Staging:
    """The models that make entities of a source's raw tables: those of the folder `vendor`, named
    `stg_<vendor>__<entity>`. They read from the config: `options`, all values by name;
    `custom_fields`, the id of the account's own field by entity and column."""

    vendor: str
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    custom_fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Landing(Protocol):
    """The two ways a source's rows become raw tables."""

    def at_once(self, config: "EntitySource") -> "list[Load]":
        """All rows are read, checked together, and replace those of the night before."""
        ...

    def in_slices(self, config: "SourceConfig") -> "list[Load]":
        """New rows are merged by key, slice by slice: slices landed before an error stay."""
        ...


class Examination(Protocol):
    """The two ways to find out whether a night could read a source; nothing is loaded."""

    def by_reading(self, config: "EntitySource") -> Iterator[Finding]:
        """All rows are read and checked in memory."""
        ...

    def by_asking(self, config: "SourceConfig") -> Iterator[Finding]:
        """The source is asked what a night may read of it."""
        ...


@cache
def time_zones() -> frozenset[str]:
    """The names of all zones; cached, since the lookup reads folders on disk."""
    return frozenset(available_timezones())


def known_zone(name: str) -> str:
    """The name, for pydantic to check that it is a time zone."""
    if name not in time_zones():
        raise ValueError("is not an IANA time zone, expected one like Europe/Moscow")
    return name


TimeZone = Annotated[str, AfterValidator(known_zone)]


class SourceConfig(BaseModel, ABC):
    """`required`: whether nothing is published without it. `tolerance`: the share of delivered rows
    that may lie in quarantine before the first gate refuses the night (0: not one row)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    required: bool = True
    tolerance: float = Field(default=0.0, ge=0.0, le=1.0)

    # Set by subclasses: the `type` by which the config selects them.
    type: str
    # Entities that may have no rows: gate 1 does not require any.
    may_be_empty: ClassVar[tuple[str, ...]] = ()

    @property
    def delivers(self) -> tuple[str, ...]:
        """The names of the entities that this source delivers: all of them unless overridden."""
        return tuple(ENTITIES)

    @property
    @abstractmethod
    def tables(self) -> tuple[Entity, ...]:
        """Its raw tables: those of schema `raw_<source>`."""

    @property
    def staging(self) -> Staging | None:
        """The models that make entities of its raw tables; None: the tables are the entities."""
        return None

    def ledger_name(self, table: Entity) -> str:
        """The name of one of its raw tables in the ledger."""
        return table.name

    @abstractmethod
    def land(self, landing: Landing) -> "list[Load]":
        """Land the source in the way that fits it; returns the counts of each table's rows.

        Raises ConfigError and SourceError.
        """

    @abstractmethod
    def examine(self, examination: Examination) -> Iterator[Finding]:
        """Examine the source in the way that fits it."""

    def _module(self, name: str) -> ModuleType:
        # Imported here, because only a run needs it and reading the config does not.
        return import_module(f"{type(self).__module__.rpartition('.')[0]}.{name}")


class EntitySource(SourceConfig, ABC):
    """A source that delivers rows of the contract's entities, all before any of them lands."""

    @property
    def tables(self) -> tuple[Entity, ...]:
        return tuple(ENTITIES[name] for name in self.delivers)

    def land(self, landing: Landing) -> "list[Load]":
        return landing.at_once(self)

    def examine(self, examination: Examination) -> Iterator[Finding]:
        return examination.by_reading(self)

    @abstractmethod
    def extract(self, context: ExtractContext) -> AbstractContextManager[None]:
        """Read the source; returns a context manager that wraps the landing of the rows.

        Raises ConfigError and SourceError.
        """
