"""What every source's config has in common."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field

from orchestration.sources.entities import ENTITIES


@dataclass(frozen=True)
class Finding:
    """One thing the doctor looked at: `found` says what is there, or what is wrong and was
    expected."""

    what: str
    found: str
    ok: bool = True


def known_zone(name: str) -> str:
    """The name, for pydantic to check that it is a time zone."""
    if name not in available_timezones():
        raise ValueError("is no IANA time zone, expected one like Europe/Moscow")
    return name


class SourceConfig(BaseModel):
    """`required`: without it nothing is published. `tolerance`: the share of delivered rows that
    may lie in quarantine before the first gate refuses the night (0: not one row)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    required: bool = True
    tolerance: float = Field(default=0.0, ge=0.0, le=1.0)

    @property
    def delivers(self) -> tuple[str, ...]:
        """The names of the entities that this source delivers: all of them, if it says no less."""
        return tuple(ENTITIES)
