"""Options of a source that reads file exports: docs/how-to/files.md explains them."""

from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from orchestration.sources.base import Errand
from orchestration.sources.mapping.config import EntityMapping, MappedSource, as_list

Format = Literal["csv", "tsv", "xlsx", "json", "jsonl", "parquet"]


def _known_encoding(name: str) -> str:
    try:
        # Some codecs, such as rot13, turn something other than bytes into text.
        "".encode(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError("is no encoding, expected one like utf-8, cp1251 or utf-16") from None
    return name


def _one_sign(sign: str) -> str:
    if sign and (not sign.isascii() or sign in "\r\n\0"):
        raise ValueError("is no sign that parts a line, expected one like , or ;")
    return sign


Sign = Annotated[str, Field(max_length=1), AfterValidator(_one_sign)]


class FileMapping(EntityMapping):
    """One kind of file (or rows written in the config) that delivers rows of one entity.

    `path`: the files, as a pattern within the source's folder. `format`: that of the file; told
    from its name where it is not given. `encoding`: that of a text file; UTF-8, or what its first
    bytes say. `delimiter`: what sets the cells of a text file apart; told from its header where it
    is not given. `quote`: what stands around a cell of a text file that holds the delimiter.
    `sheet`: the sheet of a workbook; the first one where it is not given. `short_rows`: whether
    cells that are left out at the end of a row are empty, or the row is refused. `header_row`: the
    row with the names of the columns, or `find` for the first one that has all names that are
    mapped. `later_file_wins`: of rows with one key in two files that of the later file is loaded,
    by the files' names or by the dates of their last change.
    """

    places = ("path",)

    path: str | None = None
    format: Format | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None
    delimiter: Annotated[Sign, Field(min_length=1)] | None = None
    quote: Sign = '"'
    header_row: Annotated[int, Field(ge=1, le=1000)] | Literal["find"] = 1
    short_rows: Literal["fill", "refuse"] = "fill"
    sheet: str | None = None
    later_file_wins: Literal["name", "date"] | None = None

    @property
    def file_columns(self) -> set[str]:
        """The columns that the file has to have."""
        return self.source_columns


Mappings = Annotated[list[FileMapping], BeforeValidator(as_list), Field(min_length=1)]


class FilesSource(MappedSource):
    """File exports. `folder`: where they lie, relative to the config file."""

    type: Literal["files"]
    folder: str = "."
    entities: dict[str, Mappings] = Field(min_length=1)

    def extract(self, errand: Errand) -> AbstractContextManager[None]:
        spill = errand.home.state / "spill"
        self._module("extract").extract(errand.delivery, self, errand.folder, spill)
        return nullcontext()
