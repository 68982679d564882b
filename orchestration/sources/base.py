"""What every source's config has in common."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, ClassVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from orchestration.core.entities import ENTITIES

if TYPE_CHECKING:
    from orchestration.core.home import Home
    from orchestration.core.limits import DuckDbLimits
    from orchestration.sources.delivery import Delivery


@dataclass(frozen=True)
class Finding:
    """One thing the doctor looked at: `found` says what is there, or what is wrong and was
    expected."""

    what: str
    found: str
    ok: bool = True


@dataclass(frozen=True)
class ExtractContext:
    """What is to be read into the `delivery`: the source `name` on the night of `as_of`, all of it
    where a `window` of days is asked for. `folder`: where relative paths of the config start."""

    name: str
    delivery: "Delivery"
    folder: Path
    home: "Home"
    limits: "DuckDbLimits"
    as_of: date
    window: tuple[date, date] | None = None


@cache
def time_zones() -> frozenset[str]:
    """The names of all zones; to look for them means to walk through folders."""
    return frozenset(available_timezones())


def known_zone(name: str) -> str:
    """The name, for pydantic to check that it is a time zone."""
    if name not in time_zones():
        raise ValueError("is not an IANA time zone, expected one like Europe/Moscow")
    return name


TimeZone = Annotated[str, AfterValidator(known_zone)]


class SourceConfig(BaseModel):
    """`required`: whether nothing is published without it. `tolerance`: the share of delivered rows
    that may lie in quarantine before the first gate refuses the night (0: not one row)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    required: bool = True
    tolerance: float = Field(default=0.0, ge=0.0, le=1.0)

    # Entities that it may deliver no rows of: gate 1 does not ask for any.
    may_be_empty: ClassVar[tuple[str, ...]] = ()

    @property
    def delivers(self) -> tuple[str, ...]:
        """The names of the entities that this source delivers: all of them, if it says no less."""
        return tuple(ENTITIES)

    def _module(self, name: str) -> ModuleType:
        # Only a run needs it, not whoever reads the config.
        return import_module(f"{type(self).__module__.rpartition('.')[0]}.{name}")


class EntitySource(SourceConfig, ABC):
    """A source that delivers rows of the contract's entities, all before any of them lands."""

    @abstractmethod
    def extract(self, context: ExtractContext) -> AbstractContextManager[None]:
        """Read the source; what is returned goes around the landing of what was read.

        Raises ConfigError and SourceError.
        """
