"""The columns of a published table in SQL of DuckDB and of PostgreSQL: types, values, row hashes.

A row hash is computed by both from the same text of the row, so its sum compares all values of a
table whatever their order, doubles to the last bit.
"""

import re

from orchestration.core import sql
from orchestration.servers.tables import Column, Table

_TYPES = {
    "VARCHAR": "text",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    # Times without a zone are UTC in every published table.
    "TIMESTAMP": "timestamp with time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}


def server_type(column: Column) -> str:
    """The type in PostgreSQL, as its catalogue writes it."""
    if decimal := re.fullmatch(r"DECIMAL(\(\d+,\d+\))", column.type):
        return f"numeric{decimal[1]}"
    return _TYPES[column.type]


def selected(table: Table) -> str:
    """The rows as they are copied."""
    values = ", ".join(f"{_value(column)} as {sql.name(column.name)}" for column in table.columns)
    return f"select {values} from {sql.name(table.name)}"


def fingerprint_of_file(table: Table) -> str:
    """Count of rows and sum of their hashes in DuckDB."""
    texts = " || '|' || ".join(f"coalesce({_text(column)}, '\\N')" for column in table.columns)
    return (
        f"select count(*), coalesce(sum(cast('0x' || substr(md5({texts}), 1, 12) as bigint)), 0)"
        f" from {sql.name(table.name)}"
    )


def hash_on_server(table: Table) -> str:
    """The hash of a row in PostgreSQL."""
    texts = " || '|' || ".join(
        f"coalesce({_text_on_server(column)}, '\\N')" for column in table.columns
    )
    return f"('x' || substr(md5({texts}), 1, 12))::bit(48)::bigint"


def _value(column: Column) -> str:
    name = sql.name(column.name)
    match column.type:
        case "VARCHAR":
            # PostgreSQL has no text with this character.
            return f"replace({name}, chr(0), '')"
        case "DOUBLE":
            # PostgreSQL reads a negative zero of a text as zero.
            return f"case when {name} = 0 then cast(0 as double) else {name} end"
        case "TIMESTAMP WITH TIME ZONE":
            return f"timezone('UTC', {name})"
    return name


def _text(column: Column) -> str:
    value = _value(column)
    match column.type:
        case "VARCHAR":
            return value
        case "DOUBLE":
            bits = f"hex(cast(cast({value} as bit) as blob))"
            return f"case when isnan({value}) then 'NaN' else lower({bits}) end"
        case "TIMESTAMP" | "TIMESTAMP WITH TIME ZONE":
            return f"cast(epoch_us({value}) as varchar)"
    return f"cast({value} as varchar)"


def _text_on_server(column: Column) -> str:
    name = sql.name(column.name)
    match server_type(column):
        case "text":
            return name
        case "double precision":
            return f"case when {name} = 'NaN' then 'NaN' else encode(float8send({name}), 'hex') end"
        case "timestamp with time zone":
            return f"(extract(epoch from {name}) * 1000000)::bigint::text"
    return f"{name}::text"
