"""What the config of every vendor source has in common."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, Field

from orchestration.sources.base import Finding, SourceConfig, known_zone
from orchestration.sources.vendor.tables import Table

if TYPE_CHECKING:
    from orchestration.home import Home
    from orchestration.sources.vendor.extraction import Extraction


class VendorSource(SourceConfig):
    """A vendor's account. `history_from`: the first day a first load reaches back to. `time_zone`:
    the account's, which times without an offset are local to.
    `custom_fields`: by entity and column, the id of the account's own field that holds it.

    A connector is a package with `config.py` (a subclass of this), `tables.py`, `extract.py` and
    `doctor.py`; its staging models lie in `models/staging/vendors/<type>/` and are named
    `stg_<type>__<entity>`.
    """

    # Subclasses: `type`, which is also the name of the staging folder, and `entities`.
    type: str
    entities: ClassVar[tuple[str, ...]] = ()
    history_from: date
    time_zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    custom_fields: dict[str, dict[str, str]] = Field(default_factory=dict)

    @property
    def delivers(self) -> tuple[str, ...]:
        """The entities that its staging models make of what the vendor delivers."""
        return self.entities

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """What else of the config the staging models have to know: by its name, all its values."""
        return {}

    @property
    def tables(self) -> tuple[Table, ...]:
        """The raw tables, shaped as the vendor delivers them: `TABLES` of `tables.py`."""
        return self._module("tables").TABLES

    def ledger_name(self, table: Table) -> str:
        """What the ledger calls a table: a vendor's `leads` are not the entity of that name."""
        return f"{self.type}.{table.name}"

    def extract(self, extraction: "Extraction") -> Iterator[None]:
        """Bring the vendor's pages into the extraction; at each `yield` what came may be landed.

        Raises ConfigError (what cannot heal by itself: a token, a right) and SourceError.
        """
        yield from self._module("extract").extract(self, extraction)

    def diagnose(self, name: str, as_of: date, home: "Home | None" = None) -> Iterator[Finding]:
        """What the account lets a night read up to `as_of`, and how much; nothing is loaded. A
        vendor whose tokens change keeps a new one in the home.

        Raises as `extract` does.
        """
        yield from self._module("doctor").diagnose(name, self, as_of)
