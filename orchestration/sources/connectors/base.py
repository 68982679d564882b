"""The base of the config of every vendor source."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator

from orchestration.core.entity import Entity
from orchestration.sources.base import Examination, Finding, Landing, SourceConfig, Staging
from orchestration.sources.connectors.custom_fields import CustomFields
from orchestration.sources.connectors.tables import Table

if TYPE_CHECKING:
    from orchestration.core.home import Home
    from orchestration.sources.connectors.extraction import Extraction
    from orchestration.sources.delivery import Load


class ConnectorSource(SourceConfig):
    """A vendor's account.

    `history_from`: the first day a first load reaches back to. `custom_fields`: by entity and
    column, the id of the account's own field that holds it. `base_url`: where the vendor's API is.
    """

    # A connector is a package with `config.py` (a subclass of this), `tables.py`, `extract.py` and
    # `doctor.py`; its staging models lie in `models/staging/vendors/<type>/` and are named
    # `stg_<type>__<entity>`.

    # Subclasses set `type` (also the name of the staging folder), `entities`, `custom` if accounts
    # have custom fields, and `may_be_empty` for entities of which, as the vendor documents,
    # accounts may have no rows: never those that the entity's own marts require.
    entities: ClassVar[tuple[str, ...]] = ()
    custom: ClassVar[CustomFields | None] = None
    history_from: date
    custom_fields: dict[str, dict[str, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fields_are_known(self) -> Self:
        if self.custom is not None:
            self.custom.check(self.custom_fields, self.delivers)
        elif self.custom_fields:
            raise ValueError(f"{self.type} has no custom_fields: remove the section")
        return self

    @property
    def local_zone(self) -> str:
        """The zone of times without an offset; most vendors write no such times."""
        return "UTC"

    @property
    def delivers(self) -> tuple[str, ...]:
        """The entities that its staging models make of what the vendor delivers."""
        return self.entities

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """Other config that the staging models read: all values by name."""
        return {}

    @property
    def tables(self) -> tuple[Table, ...]:
        """The raw tables, shaped as the vendor delivers them: `TABLES` of `tables.py`."""
        tables: tuple[Table, ...] = self._module("tables").TABLES
        return tables

    @property
    def staging(self) -> Staging:
        return Staging(self.type, self.options, self.custom_fields)

    def ledger_name(self, table: Entity) -> str:
        """A vendor's `leads` are not the entity of that name."""
        return f"{self.type}.{table.name}"

    def land(self, landing: Landing) -> "list[Load]":
        return landing.in_slices(self)

    def examine(self, examination: Examination) -> Iterator[Finding]:
        return examination.by_asking(self)

    def extract(self, extraction: "Extraction") -> Iterator[None]:
        """Add the vendor's pages to the extraction; at each `yield`, the rows so far may be landed.

        Raises ConfigError (needs a person: a token, a permission) and SourceError.
        """
        yield from self._module("extract").extract(self, extraction)

    def diagnose(self, name: str, as_of: date, home: "Home | None" = None) -> Iterator[Finding]:
        """What a night may read of the account up to `as_of`, and how much; nothing is loaded. If
        tokens rotate, a new token is kept in the home.

        Raises as `extract` does.
        """
        yield from self._module("doctor").diagnose(name, self, as_of)
