"""What a table holds, as one text: equal texts mean equal columns and rows."""

import duckdb

from orchestration.core import sql

# A row is hashed twice, so that values exchanged between two rows change the sum. The columns count
# too: their names are not part of the hash of a row.
_FINGERPRINT = """
    select
        count(*) || ' rows, ' || coalesce(sum(hash(hash(t))), 0) || ', ' || (
            select hash(list((column_name, data_type) order by column_index))
            from duckdb_columns() where schema_name = {schema} and table_name = {table}
        )
    from {path} as t
"""


def fingerprint(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    """The columns of a table, the count of its rows and the sum of their hashes, whatever their
    order. Reads the table once. Raises duckdb.CatalogException if the table does not exist."""
    query = _FINGERPRINT.format(
        schema=sql.text(schema), table=sql.text(table), path=f"{sql.name(schema)}.{sql.name(table)}"
    )
    found: str = sql.only_row(connection.execute(query))[0]
    return found
