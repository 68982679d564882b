"""Files as SQL relations of text columns: DuckDB reads them, Python never sees a row.

Every relation has the columns of the file as text, `_row` (the row in the file: a header is row 1)
and `_unread` (why a line could not be read, else NULL).
"""

import csv
from pathlib import Path

import duckdb

from orchestration.errors import SourceError
from orchestration.sources import sql
from orchestration.sources.files.config import FileMapping
from orchestration.sources.files.encoding import as_utf8
from orchestration.sources.mapping.reading import Table, as_text, is_number

_DELIMITERS = ",;\t|"


def open_file(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: FileMapping, spill: Path
) -> Table:
    """The file at `path`; SourceError where it cannot be read as what it is said to be."""
    kind = file_format(path, mapping)
    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{path} is empty, expected a {kind} file with data")
        match kind:
            case "csv" | "tsv":
                return _delimited(path, mapping, kind, spill)
            case "jsonl":
                return _json_lines(connection, as_utf8(path, mapping.encoding, spill), path)
            case "parquet":
                return _parquet(connection, path, mapping)
            case "xlsx":
                return _spreadsheet(connection, path, mapping)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from None
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{path} cannot be read as {kind}: {reason}") from None


def file_format(path: Path, mapping: FileMapping) -> str:
    """The format said in the config, else that of the suffix; CSV for a suffix that says none."""
    suffix = path.suffix.lower().removeprefix(".")
    known = {
        "tsv": "tsv",
        "xlsx": "xlsx",
        "jsonl": "jsonl",
        "ndjson": "jsonl",
        "parquet": "parquet",
    }
    return mapping.format or known.get(suffix, "csv")


def _delimited(path: Path, mapping: FileMapping, kind: str, spill: Path) -> Table:
    text_file = as_utf8(path, mapping.encoding, spill)
    with text_file.open(encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        if not first.strip():
            raise SourceError(f"{path} has an empty first line, expected the names of its columns")
        usual = "\t" if kind == "tsv" else max(_DELIMITERS, key=first.count)
        delimiter = mapping.delimiter or usual
        lines.seek(0)
        header = next(csv.reader(lines, delimiter=delimiter))
    columns = _distinct_names(header)
    types = ", ".join(f"{sql.text(column)}: 'VARCHAR'" for column in columns)
    relation = f"""
        select *, row_number() over () + 1 as _row, cast(null as varchar) as _unread
        from read_csv(
            {sql.text(str(text_file))}, auto_detect = false, header = true,
            columns = {{{types}}}, delim = {sql.text(delimiter)}, quote = '"', escape = '"',
            store_rejects = true, rejects_limit = 0, max_line_size = 10000000
        )
    """
    # The text of the line is not kept: it may hold personal data.
    malformed = """
        select
            line as _row,
            'the line is malformed: ' || lower(cast(any_value(error_type) as varchar)) || ', '
            || any_value(error_message) as _unread
        from reject_errors
        group by line
    """
    return Table(columns, relation, malformed)


def _json_lines(connection: duckdb.DuckDBPyConnection, text_file: Path, path: Path) -> Table:
    objects = f"read_ndjson_objects({sql.text(str(text_file))}, ignore_errors = true)"
    columns = [
        column
        for (column,) in connection.execute(
            "select distinct unnest(json_keys(json)) as key "
            f"from {objects} where json_type(json) = 'OBJECT' order by key"
        ).fetchall()
    ]
    if not columns:
        raise SourceError(f"{path} cannot be read as jsonl: no line of it is a JSON object")
    values = ", ".join(f"json ->> {_json_path(column)} as {sql.name(column)}" for column in columns)
    relation = f"""
        select
            {values}, row_number() over () as _row,
            case when json is null or json_type(json) <> 'OBJECT'
                then 'the line is no JSON object' end as _unread
        from {objects}
    """
    return Table(columns, relation)


def _json_path(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return sql.text(f'$."{escaped}"')


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path, mapping: FileMapping) -> Table:
    source = f"read_parquet({sql.text(str(path))}, file_row_number = true)"
    described = connection.execute(f"describe select * from {source}").fetchall()
    types = {name: kind for name, kind, *_ in described if name != "file_row_number"}
    values = ", ".join(as_text(name, kind, mapping) for name, kind in types.items())
    relation = f"""
        select {values}, file_row_number + 1 as _row, cast(null as varchar) as _unread
        from {source}
    """
    numbers = frozenset(name for name, kind in types.items() if is_number(kind))
    return Table(list(types), relation, numbers=numbers)


def _spreadsheet(connection: duckdb.DuckDBPyConnection, path: Path, mapping: FileMapping) -> Table:
    from orchestration.sources.files.spreadsheet import read_sheet

    header, cells = read_sheet(path, mapping.sheet, mapping.decimal)
    columns = _distinct_names(header)
    connection.register("sheet", cells.rename_columns([*columns, "_row"]))
    connection.execute("create or replace temp table spreadsheet as from sheet")
    connection.unregister("sheet")
    return Table(columns, "select *, cast(null as varchar) as _unread from spreadsheet")


def _distinct_names(header: list[str]) -> list[str]:
    """The names of the columns: one that is empty or repeated gets its place added."""
    names: list[str] = []
    for place, name in enumerate((name.strip() for name in header), start=1):
        taken = not name or name.lower() in {known.lower() for known in names}
        names.append(f"{name or 'column'} ({place})" if taken else name)
    return names
