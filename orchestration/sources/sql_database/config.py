"""Options of a source that reads a database: docs/how-to/sql.md explains them."""

import os
import re
from contextlib import AbstractContextManager
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Entity
from orchestration.sources.base import ExtractContext
from orchestration.sources.mapping.config import (
    ColumnMapping,
    EntityMapping,
    MappedSource,
    as_list,
)


def _known_name(name: str) -> str:
    if not re.fullmatch(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*){0,2}", name):
        raise ValueError("is not a name of a table, expected one like deals or crm.deals")
    return name


class TableMapping(EntityMapping):
    """A table, a view or a query (or rows written in the config) that delivers rows of one entity.

    `table`: a table or a view. `query`: a query instead of a table. `cursor`: the column with the
    time of the last change of a row; a night then reads only rows that changed since the newest
    landed row. `overlap_hours`: how many hours before that row are read again. `sweep_days`: after
    how many days the whole table is read again.
    """

    places = ("table", "query")

    table: Annotated[str, AfterValidator(_known_name)] | None = None
    cursor: str | None = None
    overlap_hours: float = Field(default=24, ge=1)
    sweep_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _cursor_of_a_table(self) -> "TableMapping":
        if self.cursor and not self.table:
            raise ValueError("`cursor` needs a `table`: make the query a view of the database")
        if not self.cursor and self.model_fields_set & {"overlap_hours", "sweep_days"}:
            raise ValueError("`overlap_hours` and `sweep_days` need a `cursor`")
        return self

    def landed_cursor(self, entity: Entity) -> str:
        """The column of the entity that holds the cursor as it is; ValueError if there is none."""
        for name, column in self.columns.items():
            is_time = entity.column(name).type in ("timestamp", "date")
            if is_time and column == ColumnMapping(column=self.cursor):
                return name
        raise ValueError(
            f"entity `{entity.name}`: `cursor` is `{self.cursor}`, which has to be mapped as it is"
            " to a column with a time or a date, such as `updated_at`"
        )


Mappings = Annotated[list[TableMapping], BeforeValidator(as_list), Field(min_length=1)]


class SqlSource(MappedSource):
    """A database that SQLAlchemy can read. `url_env`: the environment variable with its address."""

    type: Literal["sql"]
    url_env: str
    entities: dict[str, Mappings] = Field(min_length=1)

    @model_validator(mode="after")
    def _cursors_fit(self) -> "SqlSource":
        for name, mappings in self.entities.items():
            tables = [mapping.table for mapping in mappings]
            for mapping in mappings:
                if not mapping.cursor:
                    continue
                mapping.landed_cursor(ENTITIES[name])
                if tables.count(mapping.table) > 1:
                    raise ValueError(
                        f"entity `{name}` reads table `{mapping.table}` more than once:"
                        " remove its `cursor`"
                    )
        return self

    def extract(self, context: ExtractContext) -> AbstractContextManager[None]:
        # Before dlt is imported: it would look for settings of its own in the working directory
        # and in the user's home.
        work = str(context.home.state / "dlt")
        os.environ.update(
            DLT_PROJECT_DIR=work, DLT_DATA_DIR=work, RUNTIME__DLTHUB_TELEMETRY="false"
        )
        landing: AbstractContextManager[None] = self._module("extract").extract(self, context)
        return landing
