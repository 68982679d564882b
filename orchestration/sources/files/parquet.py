"""Parquet files as a relation."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from orchestration.core import sql
from orchestration.core.errors import SourceError
from orchestration.sources.files.config import FileMapping
from orchestration.sources.files.header import column_names
from orchestration.sources.mapping.reading import TextTable, as_text, is_number

_NUMBER = "file_row_number"


def read_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, file: Path, mapping: FileMapping
) -> TextTable:
    """The Parquet `file` as a relation of texts. Its footer gives the expected number of rows."""
    source = f"read_parquet({sql.file(file)}, hive_partitioning = false"
    is_taken = _NUMBER in pq.read_schema(file).names
    number = "row_number() over ()" if is_taken else f"{_NUMBER} + 1"
    source += ")" if is_taken else ", file_row_number = true)"
    described = connection.execute(f"describe select * from {source}").fetchall()
    types = [(name, kind) for name, kind, *_ in described if is_taken or name != _NUMBER]
    columns = column_names(path, [name for name, _ in types], mapping.file_columns)
    if not columns:
        raise SourceError(f"{path} has no columns")
    renamed = ", ".join(
        f"{sql.name(name)} as {sql.name(column)}"
        for (name, _), column in zip(types, columns, strict=True)
    )
    texts = ", ".join(
        as_text(column, kind, mapping) for (_, kind), column in zip(types, columns, strict=True)
    )
    relation = f"""
        select {texts}, _row, cast(null as varchar) as _unread
        from (select {renamed}, {number} as _row from {source})
    """
    kinds = zip(columns, (kind for _, kind in types), strict=True)
    numbers = frozenset(column for column, kind in kinds if is_number(kind))
    return TextTable(columns, relation, numbers=numbers, held=pq.read_metadata(file).num_rows)
