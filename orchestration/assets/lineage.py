"""Column lineage: which columns of which tables each column of a model is read from."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from dagster import AssetKey, TableColumnDep, TableColumnLineage
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from orchestration.core.files import write_whole

Table = tuple[str, str]

# By column, the (schema, table, column) that it is read from; None: the query cannot be read.
Read = dict[str, list[tuple[str, str, str]]] | None

_DAY = re.compile(r"'\d{4}-\d\d-\d\d[^']*'")


class KeptLineage:
    """Column lineage that is kept in a file from night to night: sqlglot needs 2.6 s of CPU for all
    models. A night differs from the one before only in its days, on which lineage does not depend.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Read] = {}
        self._used: dict[str, Read] = {}
        with suppress(FileNotFoundError, ValueError):
            self._known = json.loads(file.read_text(encoding="utf-8"))

    def of(self, sql: str, parents: Mapping[Table, Mapping[str, str]]) -> TableColumnLineage | None:
        """As `column_lineage`, from the file if it is there."""
        named = _named(parents)
        text = f"{version('sqlglot')} {named} {_DAY.sub('', sql)}"
        key = hashlib.sha256(text.encode()).hexdigest()
        if key not in self._used:
            known = key in self._known
            self._used[key] = self._known[key] if known else _read_columns(sql, named)
        return _lineage(self._used[key])

    def write(self, whole: bool) -> None:
        """Write the file. `whole`: every model was asked for, so that others are removed."""
        kept = self._used if whole else self._known | self._used
        if kept == self._known:
            return
        write_whole(self._file, json.dumps(kept))


def column_lineage(
    sql: str, parents: Mapping[Table, Mapping[str, str]]
) -> TableColumnLineage | None:
    """The columns that each column of a compiled query is read from; none for constants and for
    counts of rows. Columns of filters and joins are left out.

    `parents`: the (schema, table) that the query reads, with the type of each column. Returns None
    if sqlglot cannot read the query: lineage must not fail a night.
    """
    return _lineage(_read_columns(sql, _named(parents)))


def _named(parents: Mapping[Table, Mapping[str, str]]) -> tuple[tuple[Table, tuple[str, ...]], ...]:
    return tuple((table, tuple(columns)) for table, columns in sorted(parents.items()))


def _lineage(found: Read) -> TableColumnLineage | None:
    if found is None:
        return None
    return TableColumnLineage(
        {
            column: [
                TableColumnDep(AssetKey([schema, table]), name) for schema, table, name in read
            ]
            for column, read in found.items()
        }
    )


def copied(table: Table, columns: Mapping[str, str]) -> TableColumnLineage:
    """The lineage of a copy of a table: each column is that of the same name."""
    return TableColumnLineage(
        {column: [TableColumnDep(AssetKey([*table]), column)] for column in columns}
    )


def fitted(
    columns: Iterable[str], parents: Mapping[Table, Mapping[str, str]]
) -> TableColumnLineage:
    """The lineage of a model in Python, which no parser reads: each of its `columns` is taken to be
    read from all columns of its `parents`, named as in `column_lineage`."""
    read = [
        TableColumnDep(AssetKey([*table]), column)
        for table, types in sorted(parents.items())
        for column in types
    ]
    return TableColumnLineage(dict.fromkeys(columns, read))


# One process may run many nights over the same models.
@lru_cache(maxsize=1024)
def _read_columns(sql: str, parents: tuple[tuple[Table, tuple[str, ...]], ...]) -> Read:
    schema: dict[str, dict[str, dict[str, str]]] = {}
    known = set()
    for (database, table), columns in parents:
        # Types do not matter to lineage.
        schema.setdefault(database, {})[table] = dict.fromkeys(columns, "int")
        known |= {((database, table), column) for column in columns}
    try:
        nodes = lineage(None, sql, schema, dialect="duckdb", trim_selects=False)
        return {
            column: [(*table, name) for table, name in sorted(_leaves(node) & known)]
            for column, node in nodes.items()
        }
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
