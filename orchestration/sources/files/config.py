"""Options of a source that reads file exports: docs/how-to/files.md explains them."""

from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from orchestration.sources.base import ExtractContext
from orchestration.sources.mapping.config import EntityMapping, MappedSource, Section, as_list

Format = Literal["csv", "tsv", "xlsx", "json", "jsonl", "parquet"]


def _known_encoding(name: str) -> str:
    try:
        # Some codecs, such as rot13, turn something other than bytes into text.
        "".encode(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError("is not an encoding, expected one like utf-8, cp1251 or utf-16") from None
    return name


def _one_sign(sign: str) -> str:
    if sign and (not sign.isascii() or sign in "\r\n\0"):
        raise ValueError("is not a delimiter, expected one like , or ;")
    return sign


Sign = Annotated[str, Field(max_length=1), AfterValidator(_one_sign)]


def _one_select(query: str) -> str:
    import duckdb

    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise ValueError(f"is not SQL of DuckDB: {str(error).partition(chr(10))[0]}") from None
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise ValueError("must be one `select`, and nothing else")
    return query.strip().rstrip(";")


class FileReading(Section):
    """How a file is read.

    `format`: the format; default: by the name of the file. `encoding`: the encoding of a text file;
    default: UTF-8, or by the first bytes. `delimiter`: the character between the cells of a text
    file; default: by the header. `quote`: the character around a cell of a text file that contains
    the delimiter. `sheet`: the sheet of a workbook; default: the first one. `short_rows`: `fill`:
    cells that are missing at the end of a row are empty; `refuse`: the row goes to quarantine.
    `header_row`: the row with the names of the columns, or `find`: the first row that has all
    mapped names.
    """

    format: Format | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None
    delimiter: Annotated[Sign, Field(min_length=1)] | None = None
    quote: Sign = '"'
    header_row: Annotated[int, Field(ge=1, le=1000)] | Literal["find"] = 1
    short_rows: Literal["fill", "refuse"] = "fill"
    sheet: str | None = None


class NamedFile(FileReading):
    """A file with a name for a query. Keys that it does not set are those of the mapping.

    `path`: the file or a pattern, within the source's folder.
    """

    path: str


def _as_path(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


Name = Annotated[str, Field(pattern="^[a-z_][a-z0-9_]*$")]
Files = dict[Name, Annotated[NamedFile, BeforeValidator(_as_path)]]


class FileMapping(FileReading, EntityMapping):
    """One kind of file (or rows written in the config) that delivers rows of one entity.

    `path`: the files, as a pattern within the source's folder. `files`: several files, by their
    names in the query. `query`: SQL over the rows of the file (the relation `file`) or over those
    of `files`; if its columns have the names of the entity's columns, `columns` is left out.
    `later_file_wins`: if two files have a row with the same key, the row of the later file is
    loaded; files are ordered by `name` or by the `date` of the last change.
    """

    places = ("path", "files")

    path: str | None = None
    files: Files | None = Field(default=None, min_length=1)
    query: Annotated[str, AfterValidator(_one_select)] | None = None
    later_file_wins: Literal["name", "date"] | None = None

    @property
    def patterns(self) -> list[str]:
        """The files that it reads, each as a path or pattern."""
        named = [one.path for one in (self.files or {}).values()]
        return named if self.path is None else [self.path, *named]

    @property
    def file_columns(self) -> set[str]:
        """The columns that the file has to have."""
        return self.source_columns

    @model_validator(mode="after")
    def _query_fits(self) -> "FileMapping":
        if self.rows and self.query:
            raise ValueError("`query` needs a `path` or `files`, not `rows`")
        if self.files and not self.query:
            raise ValueError(
                "`files` needs a `query` over them; use `path` to read them one by one"
            )
        if self.files and self.later_file_wins:
            raise ValueError("`later_file_wins` needs a `path`: with `files` the query decides")
        named = list((self.files or {}).values())
        if self.query and "find" in [reading.header_row for reading in (self, *named)]:
            raise ValueError(
                'no column is mapped that `header_row = "find"` could look for where there is a'
                " `query`: say the number of the row"
            )
        return self

    def of_file(self, name: str) -> "FileMapping":
        """How the file is read that the query knows by this name; none of its columns is mapped."""
        own = self.files[name].model_dump(exclude_unset=True) if self.files else {}
        return self.model_copy(update={"columns": {}, "only_if": [], **own})


Mappings = Annotated[list[FileMapping], BeforeValidator(as_list), Field(min_length=1)]


class FilesSource(MappedSource):
    """File exports. `folder`: the folder of the files, relative to the config file."""

    type: Literal["files"]
    folder: str = "."
    entities: dict[str, Mappings] = Field(min_length=1)

    def extract(self, context: ExtractContext) -> AbstractContextManager[None]:
        spill = context.home.state / "spill"
        self._module("extract").extract(context.delivery, self, context.folder, spill)
        return nullcontext()
