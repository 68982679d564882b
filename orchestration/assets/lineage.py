"""Column lineage: which columns of which tables each column of a model is read from."""

from collections.abc import Mapping
from functools import lru_cache

from dagster import AssetKey, TableColumnDep, TableColumnLineage
from sqlglot import exp
from sqlglot.lineage import Node, lineage

Table = tuple[str, str]


def column_lineage(
    sql: str, parents: Mapping[Table, Mapping[str, str]]
) -> TableColumnLineage | None:
    """The columns that each column of a compiled query is read from; none for constants and for
    counts of rows. Columns of filters and joins are left out.

    `parents`: the (schema, table) that the query reads, with the type of each column. Returns None
    if sqlglot cannot read the query: lineage must not fail a night.
    """
    named = tuple((table, tuple(columns)) for table, columns in sorted(parents.items()))
    found = _read_columns(sql, named)
    if found is None:
        return None
    return TableColumnLineage(
        {
            column: [TableColumnDep(AssetKey([*table]), name) for table, name in sorted(read)]
            for column, read in found.items()
        }
    )


def copied(table: Table, columns: Mapping[str, str]) -> TableColumnLineage:
    """The lineage of a copy of a table: each column is that of the same name."""
    return TableColumnLineage(
        {column: [TableColumnDep(AssetKey([*table]), column)] for column in columns}
    )


# One process may run many nights over the same models.
@lru_cache(maxsize=1024)
def _read_columns(
    sql: str, parents: tuple[tuple[Table, tuple[str, ...]], ...]
) -> dict[str, set[tuple[Table, str]]] | None:
    schema: dict[str, dict[str, dict[str, str]]] = {}
    known = set()
    for (database, table), columns in parents:
        # Types do not matter to lineage.
        schema.setdefault(database, {})[table] = dict.fromkeys(columns, "int")
        known |= {((database, table), column) for column in columns}
    try:
        nodes = lineage(None, sql, schema, dialect="duckdb", trim_selects=False)
        return {column: _leaves(node) & known for column, node in nodes.items()}
    except Exception:  # sqlglot's compiled code raises more than its own errors.
        return None


def _leaves(node: Node) -> set[tuple[Table, str]]:
    """The table columns at the ends of a lineage graph, in which nodes may be shared."""
    leaves, seen, waiting = set(), set(), [node]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        waiting += one.downstream
        if not one.downstream and isinstance(one.source, exp.Table):
            # As table.column, or as * of rows that are only counted.
            column = one.name.rpartition(".")[2]
            leaves.add(((one.source.db, one.source.name), column))
    return leaves
