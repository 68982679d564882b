"""Options of a source that reads file exports: docs/how-to/files.md explains them."""

import codecs
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from orchestration.sources.base import Errand
from orchestration.sources.mapping.config import EntityMapping, MappedSource, as_list

Format = Literal["csv", "tsv", "xlsx", "jsonl", "parquet"]


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError("is no encoding, expected one like utf-8, cp1251 or utf-16") from None
    return name


class FileMapping(EntityMapping):
    """One kind of file (or rows written in the config) that delivers rows of one entity."""

    places = ("path",)

    path: str | None = None
    format: Format | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = None


Mappings = Annotated[list[FileMapping], BeforeValidator(as_list), Field(min_length=1)]


class FilesSource(MappedSource):
    """File exports. `folder` is relative to the config file."""

    type: Literal["files"]
    folder: str = "."
    entities: dict[str, Mappings] = Field(min_length=1)

    def extract(self, errand: Errand) -> AbstractContextManager[None]:
        spill = errand.home.state / "spill"
        self._module("extract").extract(errand.delivery, self, errand.folder, spill)
        return nullcontext()
